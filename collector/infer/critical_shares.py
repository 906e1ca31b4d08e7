"""Where the time of inferred requests goes: each service's share of their critical paths.

What a request waits for is read off the relations that are left (`collector.infer.hypotheses`), as
the Mystery Machine does: of two calls that nothing keeps apart, the later one did not wait for the
earlier one, even if it happened to come after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

from collector.infer.forest import Forest
from collector.infer.hypotheses import Hypotheses
from collector.infer.operations import Operation, operation_of

Name = TypeVar("Name")
Shares = dict[str, float]
"""By service its share of all time on critical paths, 0 to 1; together 1, if there is any time."""


def critical_times(forest: Forest, hypotheses: Hypotheses) -> dict[Operation, int]:
    """Return each operation's time on the critical paths of all requests together, ns."""
    times: dict[Operation, int] = defaultdict(int)
    for root in forest.roots():
        record = forest.records[root]
        windows = {root: (record.start, record.end)}
        while windows:
            index, window = windows.popitem()
            own, within = _split(forest, hypotheses, index, window)
            times[operation_of(forest.records[index])] += own
            windows.update(within)
    return times


def critical_shares(forest: Forest, hypotheses: Hypotheses) -> Shares:
    """Return each service's share of the critical paths of all requests together."""
    times: dict[str, int] = defaultdict(int)
    for operation, time in critical_times(forest, hypotheses).items():
        times[operation.service] += time
    return shares_of(times)


def shares_of(times: Mapping[Name, int]) -> dict[Name, float]:
    """Return times as shares of their sum; those of no time are left out."""
    total = sum(times.values())
    return {service: time / total for service, time in times.items() if time}


def _split(
    forest: Forest, hypotheses: Hypotheses, index: int, window: tuple[int, int]
) -> tuple[int, dict[int, tuple[int, int]]]:
    """Return how much of its window a record worked itself, and the windows of the calls that it
    waited for. It is walked backwards: what ended last is what the end waited for."""
    opens, cursor = window
    caller = operation_of(forest.records[index])
    own, within = 0, {}
    then = None
    for call in sorted(forest.children[index], key=lambda i: -forest.records[i].end):
        record = forest.records[call]
        kind = operation_of(record)
        start, end = max(record.start, opens), min(record.end, window[1])
        if start >= end or end > cursor + record.resolution:
            continue
        if then is not None and not hypotheses.waits(caller, kind, then):
            continue
        end = min(end, cursor)
        own += cursor - end
        if start < end:
            within[call] = start, end
        cursor, then = min(cursor, start), kind
    return own + max(0, cursor - opens), within
