"""What one trace says, and where it stands among its likes."""

from __future__ import annotations

from itertools import accumulate

from collector.aggregates.answer_parts import Json
from collector.analysis.clock_skew import Skew, shifts, suspect_skew
from collector.analysis.critical_path import critical_path
from collector.analysis.detectors import Finding, detect
from collector.analysis.fold import Fold
from collector.analysis.histogram import Histogram, bar
from collector.analysis.span_keys import BY_OPERATION
from collector.analysis.trace import Trace

HOW = {
    "critical": "for each moment of the root the span that was waited for; the sections tile it"
    " exactly (collector.analysis.critical_path)",
    "asynchronous": "spans that their parents do not wait for (collector.analysis.asynchronous)",
    "ranks": "share of the spans with the same service, name and resource that are shorter, those"
    " within 2 % counted half, in the newest traces of the same route"
    " (collector.analysis.percentiles.rank)",
    "findings": "collector.analysis.detectors.detect",
    "skew": "a server's span that cannot be where it is, if the clocks agree; the offset is NTP's"
    " (collector.analysis.clock_skew.suspect_skew)",
}


def insight(trace: Trace, t0: int, likes: Fold) -> Json:
    """The answer of /api/trace/<id>/insight. `likes` are traces of the same route, folded by
    operation."""
    tree = trace.tree
    skews = suspect_skew(tree)
    corrected = [
        start + shift - t0 for start, shift in zip(tree.start, shifts(tree, skews), strict=True)
    ]
    row_of: dict[int, int] = {}
    for row, span in enumerate(tree.spans):
        row_of.setdefault(span.span_id, row)
    return {
        "trace_id": trace.trace_id,
        "critical": [[row, start - t0, end - t0] for row, start, end in critical_path(tree)],
        "critical_times": trace.critical_times,
        "asynchronous": [row for row, alone in enumerate(tree.asynchronous) if alone],
        "ranks": _ranks(trace, likes),
        "ranks_of": {"traces": likes.count},
        "findings": [_finding(finding, row_of) for finding in detect(trace)],
        "skew": [_skew(skew, tree.spans[row_of[skew.span_id]].service) for skew in skews],
        "corrected": {"start": corrected} if skews else None,
        "how": HOW,
    }


def _ranks(trace: Trace, likes: Fold) -> list[float | None]:
    """Where each row's duration stands; None where it has no likes."""
    tables: dict[str, _Table] = {}
    ranks: list[float | None] = []
    for key, span in zip(BY_OPERATION.keys(trace.tree), trace.tree.spans, strict=True):
        if key not in tables:
            tables[key] = _Table(likes.calls(key).durations if key in likes.nodes else {})
        ranks.append(tables[key].rank(span.duration))
    return ranks


class _Table:
    """Ranks in one distribution, as `collector.analysis.percentiles.rank`, for many durations."""

    def __init__(self, bars: Histogram) -> None:
        self._bars = bars
        numbers = sorted(bars)
        sums = accumulate(bars[number] for number in numbers)
        self._up_to = dict(zip(numbers, sums, strict=True))
        self._total = sum(bars.values())

    def rank(self, duration: int) -> float | None:
        """The share that is shorter; None if nothing, or just this one, is known."""
        number = bar(duration)
        if number not in self._bars or len(self._bars) == 1:
            return None
        return round((self._up_to[number] - self._bars[number] / 2) / self._total, 4)


def _finding(finding: Finding, row_of: dict[int, int]) -> Json:
    return {
        "kind": finding.kind,
        "what": finding.what,
        "cost": finding.cost,
        "spans": [f"{span_id:016x}" for span_id in finding.spans],
        "rows": [row_of[span_id] for span_id in finding.spans],
        "lesson": finding.lesson,
    }


def _skew(skew: Skew, service: str) -> Json:
    milliseconds = f"{abs(skew.offset) / 1e6:.1f} ms"
    return {
        "service": service,
        "host": skew.host,
        "caller": skew.caller,
        "offset": skew.offset,
        "span_id": f"{skew.span_id:016x}",
        "what": f"{milliseconds} suspected on {skew.host}",
    }
