"""What was kept over time, and why, for a chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from collector.sampling.holding import Count
from collector.sampling.tail import Tail
from collector.search.view import TimeRange

MAX_BUCKETS = 60
STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_MINUTE_S, _MINUTE_NS = 60, 60 * 10**9


def kept_over_time(tail: Tail, times: TimeRange) -> dict[str, object]:
    """Return the answer of `GET /api/sampling/kept`: traces in the time range by when they were
    decided on, in equal steps from the first minute in which there were any to the last.

    Raises `sqlite3.Error` if that cannot be read.
    """
    counts = tail.counts(times.begin // _MINUTE_NS, -(-times.end // _MINUTE_NS))
    if not counts:
        return {"bucket_s": _MINUTE_S, "buckets": []}
    first, last = counts[0].minute, counts[-1].minute
    step = next((s for s in STEPS_MIN if (last - first) // s < MAX_BUCKETS), STEPS_MIN[-1])
    begin = first - first % step
    columns: list[list[Count]] = [[] for _ in range(begin, last + 1, step)]
    for count in counts:
        columns[(count.minute - begin) // step].append(count)
    return {
        "bucket_s": step * _MINUTE_S,
        "buckets": [
            {"start": str((begin + number * step) * _MINUTE_NS)} | _bucket(column)
            for number, column in enumerate(columns)
        ],
    }


def _bucket(counts: Iterable[Count]) -> dict[str, object]:
    kept: Counter[str] = Counter()
    size: Counter[str] = Counter()
    seen = 0
    for count in counts:
        seen += count.traces
        if count.kept and count.reason:
            kept[count.reason] += count.traces
            size[count.reason] += count.bytes
    return {"seen": seen, "kept": kept, "bytes": size}
