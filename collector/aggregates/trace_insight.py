"""What one trace shows, and how it compares with traces of the same route."""

from __future__ import annotations

from itertools import accumulate

from collector.aggregates.answer_parts import Json
from collector.aggregates.digest_store import fold_of
from collector.analysis.clock_skew import Skew, shifts
from collector.analysis.critical_path import critical_path
from collector.analysis.detectors import Finding, detect
from collector.analysis.fold import Fold
from collector.analysis.histogram import Histogram, bar
from collector.analysis.percentiles import nearest_rank
from collector.analysis.proven_skew import Bounds, ProvenSkew, find_skews, to_correct
from collector.analysis.span_keys import BY_OPERATION
from collector.analysis.trace import Trace

MAX_OPERATIONS = 1_000
"""Operations of an answer, those with the most self time."""
MAX_FINDINGS = 500
"""Findings of an answer, the costliest."""

HOW_COMPUTED = {
    "critical": "for each moment of the root the span that was waited for; the sections tile it"
    " exactly (collector.analysis.critical_path)",
    "ranks": "share of the spans with the same service, name and resource that are shorter, those"
    " within 2 % counted half, in the newest traces of the same route"
    " (collector.analysis.percentiles.rank)",
    "operations": "the spans of one service and name added up: durations, self times"
    " (collector.analysis.self_time), times on the critical path; percentiles of durations, and the"
    " middle one of the ranks, by nearest rank (collector.analysis.percentiles.nearest_rank)",
    "findings": "collector.analysis.detectors.detect",
    "skew": "a server's span that cannot be where it is, if the clocks agree; the offset is NTP's"
    " (collector.analysis.clock_skew.suspect_skew), or proven by a logical clock"
    " (collector.analysis.proven_skew.proven_skews)",
}


def insight(trace: Trace, t0: int, likes: Fold) -> Json:
    """Return the answer of /api/trace/<id>/insight.

    `t0` is the trace's first start, ns since 1970; `likes` are traces of the same route, folded by
    operation.
    """
    tree = trace.tree
    suspected, proven = find_skews(tree)
    skews = to_correct(suspected, proven)
    corrected = [
        start + shift - t0 for start, shift in zip(tree.start, shifts(tree, skews), strict=True)
    ]
    ranks = _ranks(trace, likes)
    findings = detect(trace)
    row_of: dict[int, int] = {}
    for row, span in enumerate(tree.spans):
        row_of.setdefault(span.span_id, row)
    return {
        "trace_id": trace.trace_id,
        "critical": [[row, start - t0, end - t0] for row, start, end in critical_path(tree)],
        "critical_times": trace.critical_times,
        "ranks": ranks,
        "ranks_of": {"traces": likes.count},
        **_operations(trace, ranks),
        "findings": [_finding(finding, row_of) for finding in findings[:MAX_FINDINGS]],
        "findings_left_out": max(0, len(findings) - MAX_FINDINGS),
        "skew": [
            _skew(skew, tree.spans[row_of[skew.span_id]].service) | proof
            for skew, proof in zip(
                skews, [*map(_suspicion, suspected), *map(_proof, proven)], strict=True
            )
        ],
        "corrected": {"start": corrected} if skews else None,
        "how": HOW_COMPUTED,
    }


def insight_among(trace: Trace, t0: int, packed: list[bytes]) -> Json:
    """Return the same, given the sums of traces of the same route as they are kept
    (`collector.aggregates.digest_store.packed_sums`)."""
    return insight(trace, t0, fold_of(packed, "operation"))


def _ranks(trace: Trace, likes: Fold) -> list[float | None]:
    """Return each row's rank, 0 to 1, among spans of its operation; None where there are none."""
    tables: dict[str, _RankTable] = {}
    ranks: list[float | None] = []
    for key, span in zip(BY_OPERATION.keys(trace.tree), trace.tree.spans, strict=True):
        if key not in tables:
            tables[key] = _RankTable(likes.calls(key).durations if key in likes.nodes else {})
        ranks.append(tables[key].rank(span.duration) if span.timed else None)
    return ranks


class _RankTable:
    """Ranks in one distribution, as `collector.analysis.percentiles.rank`, for many durations."""

    def __init__(self, bars: Histogram) -> None:
        self._bars = bars
        numbers = sorted(bars)
        sums = accumulate(bars[number] for number in numbers)
        self._up_to = dict(zip(numbers, sums, strict=True))
        self._total = sum(bars.values())

    def rank(self, duration: int) -> float | None:
        """Return the share that is shorter, those like it counted half; None if no duration like
        this one is known."""
        number = bar(duration)
        if number not in self._bars:
            return None
        return round((self._up_to[number] - self._bars[number] / 2) / self._total, 4)


def _operations(trace: Trace, ranks: list[float | None]) -> Json:
    """Add up the spans of each service and name, the most self time first; return the first, and
    how many more there are."""
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, span in enumerate(trace.tree.spans):
        rows_of.setdefault((span.service, span.name), []).append(row)
    most = sorted(
        rows_of.values(),
        key=lambda rows: sum(trace.self_times[row] for row in rows),
        reverse=True,
    )
    return {
        "operations": [_operation(trace, ranks, rows) for rows in most[:MAX_OPERATIONS]],
        "operations_left_out": max(0, len(most) - MAX_OPERATIONS),
    }


def _operation(trace: Trace, ranks: list[float | None], rows: list[int]) -> Json:
    spans = [trace.tree.spans[row] for row in rows]
    durations = sorted(span.duration for span in spans if span.timed)
    ranked = sorted(rank for row in rows if (rank := ranks[row]) is not None)
    return {
        "service": spans[0].service,
        "name": spans[0].name,
        "count": len(rows),
        "errors": sum(span.error for span in spans),
        "total": sum(durations) if durations else None,
        "self": sum(trace.self_times[row] for row in rows),
        "critical": sum(trace.critical_times[row] for row in rows),
        "p50": nearest_rank(durations, 0.50),
        "p95": nearest_rank(durations, 0.95),
        "max": durations[-1] if durations else None,
        "rank": nearest_rank(ranked, 0.50),
    }


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
    return {
        "service": service,
        "host": skew.host,
        "caller": skew.caller,
        "offset": skew.offset,
        "span_id": f"{skew.span_id:016x}",
    }


def _suspicion(skew: Skew) -> Json:
    return {"what": f"{abs(skew.offset) / 1e6:.1f} ms suspected on {skew.host}", "proof": None}


def _proof(skew: ProvenSkew) -> Json:
    what = "drift" if skew.last else f"{abs(skew.offset) / 1e6:.1f} ms"
    return {
        "what": f"{what} proven on {skew.host}",
        "proof": {
            "what": str(skew),
            "bounds": _bounds(skew.bounds),
            "last": _bounds(skew.last) if skew.last else None,
            "calls": skew.calls,
            "contradictions": skew.contradictions,
        },
    }


def _bounds(bounds: Bounds) -> Json:
    return {"low": bounds.low, "high": bounds.high}
