"""Replay a trace with something changed, and see when it ends.

The rules: a call begins when all those that had ended before it have ended, plus the time its
parent then took to begin it; a parent ends when all its calls have ended, plus the time it then
took to finish. What was concurrent stays concurrent and what was not does not, unless that is the
change. With nothing changed every span ends when it ended, to the nanosecond.

What a replay cannot know is what the change does to *other* requests: a lock held for less time, a
processor less busy. It only accounts for waits that follow changed work (`Changes.for_span`).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from heapq import heappush, heapreplace

from collector.analysis.change import Change, Changes
from collector.analysis.trace import Trace


def replay(trace: Trace, changes: Changes, missing_rows: AbstractSet[int] = frozenset()) -> int:
    """Return the duration in ns that the first root would have had; 0 without spans. The rows that
    miss their cache stay as they are. O(n log n).

    Lengths are worked out from the leaves to the root; a subtree that no change touches keeps its
    length. The Mystery Machine (Chow et al., OSDI 2014) predicts speed-ups with a similar model.
    """
    tree = trace.tree
    if not tree.spans:
        return 0
    change_of = [
        None if row in missing_rows else changes.for_span(span)
        for row, span in enumerate(tree.spans)
    ]
    touched = [change is not None for change in change_of]
    lengths = [span.duration for span in tree.spans]
    for row in range(tree.size[0] - 1, -1, -1):
        if touched[row]:
            lengths[row] = _length(trace, row, change_of, lengths)
            if row:
                touched[tree.parent[row]] = True
    return lengths[0]


def _length(trace: Trace, row: int, change_of: list[Change | None], lengths: list[int]) -> int:
    """Return the new length of a span in ns, given those of its children. Times count from the
    span's start."""
    tree, change, duration = trace.tree, change_of[row], trace.tree.spans[row].duration
    if change and change.way == "cache":
        return 0
    factor = change.factor if change and change.way == "scale" else 1.0
    calls = [
        child
        for child in tree.children(row)
        if not tree.asynchronous[child] and tree.start[child] <= tree.end[row]
    ]
    starts = [tree.start[call] - tree.start[row] for call in calls]
    ends = [tree.end[call] - tree.start[row] for call in calls]
    batched = _batches(trace, calls, change_of, lengths)
    pools = _pools(calls, change_of)

    go_on: list[int] = []  # when each call, as replayed, no longer keeps the parent from going on
    finished = _by_end(starts, ends)
    was = now = 0  # when the last of the finished calls ended: as measured, as replayed
    for index, call in enumerate(calls):
        while finished and finished[-1][0] <= starts[index] and finished[-1][1] < index:
            earlier = finished.pop()[1]
            was = max(was, ends[earlier])
            now = max(now, go_on[earlier])
            if earlier in pools:
                now = max(now, pools[earlier].wait_for(earlier))
        begin = now + _scaled(starts[index] - was, factor)
        length = batched.get(index, lengths[call])
        if ends[index] > duration:  # the parent gave up before it had ended
            length = min(length, duration - starts[index])
        if index in pools:
            pools[index].run(index, begin, length)
            go_on.append(begin)
        else:
            go_on.append(begin + length)

    was = max([0, *(min(end, duration) for end in ends)])
    now = max([0, *go_on, *(pool.latest for pool in pools.values())])
    return max(0, now + _scaled(duration - was, factor))


def _scaled(self_time: int, factor: float) -> int:
    """Return a stretch of self time, changed. One that clocks made negative stays as it is."""
    return self_time if self_time <= 0 or factor == 1 else round(self_time * factor)


def _by_end(starts: list[int], ends: list[int]) -> list[tuple[int, int]]:
    """Return when each call had ended for the next ones to begin, with its index; the last to end
    comes first.

    A call that overlaps the next by up to 1 % of itself counts as ended
    (`collector.analysis.critical_path`).
    """
    moments = (end - (end - start) // 100 for start, end in zip(starts, ends, strict=True))
    return sorted(((moment, index) for index, moment in enumerate(moments)), reverse=True)


class _Pool:
    """A pool of workers. A call given to it begins as soon as a worker is free; the caller waits
    for none of its calls before the last one has been given."""

    def __init__(self, width: int, last: int) -> None:
        """Create a pool of `width` workers; `last` is the call after which the caller may wait."""
        self.latest = 0
        """When all calls given so far will have ended, ns."""
        self._width = width
        self._last = last
        self._joined = False
        self._awaited = 0
        self._busy_until: list[int] = []
        self._ends: dict[int, int] = {}

    def run(self, call: int, given: int, length: int) -> None:
        """Take on a call that is given at a moment and takes some length, both in ns."""
        if len(self._busy_until) < self._width:
            end = given + length
            heappush(self._busy_until, end)
        else:
            end = max(given, self._busy_until[0]) + length
            heapreplace(self._busy_until, end)
        self._ends[call] = end
        self.latest = max(self.latest, end)

    def wait_for(self, call: int) -> int:
        """Wait for one more call; return when the caller can go on, ns. 0 while the last call has
        not been waited for, because until then nothing is."""
        self._awaited = max(self._awaited, self._ends[call])
        self._joined = self._joined or call == self._last
        return self._awaited if self._joined else 0


def _pools(calls: list[int], change_of: list[Change | None]) -> dict[int, _Pool]:
    """Return the pool that runs a call, by index, where the call's operation is made parallel."""
    pools = {}
    for change, indexes in _by_change(calls, change_of, "parallel").items():
        pools.update(dict.fromkeys(indexes, _Pool(change.width, last=indexes[-1])))
    return pools


def _batches(
    trace: Trace, calls: list[int], change_of: list[Change | None], lengths: list[int]
) -> dict[int, int]:
    """Return new lengths in ns, by index, of calls that become one: the first takes what the batch
    takes, the others nothing.

    Each call costs something by itself, and the work it asks for comes on top. A batch costs the
    former once and the latter in full. Where calls cost now more and now less, the single one does
    so, too: the first one's cost stands for it. (The highest of many would be too high by 3 to 14 %
    of a request, in `tests/collector/analysis/simulated_apps.py`.)
    """
    batched = {}
    for indexes in _by_change(calls, change_of, "batch").values():
        rows = [calls[index] for index in indexes]
        costs = [min(lengths[row], _cost_of_calling(trace, row)) for row in rows]
        work = sum(lengths[row] for row in rows) - sum(costs)
        batched.update(dict.fromkeys(indexes, 0))
        batched[indexes[0]] = costs[0] + work
    return batched


def _by_change(
    calls: list[int], change_of: list[Change | None], way: str
) -> dict[Change, list[int]]:
    """Return the indexes of the calls that each change of one kind applies to."""
    indexes_of: dict[Change, list[int]] = {}
    for index, call in enumerate(calls):
        change = change_of[call]
        if change and change.way == way:
            indexes_of.setdefault(change, []).append(index)
    return indexes_of


def _cost_of_calling(trace: Trace, call: int) -> int:
    """Return what a call costs whatever it asks for, ns: its own self time, and that of the server
    at the other end."""
    tree = trace.tree
    servers = (
        child
        for child in tree.children(call)
        if tree.spans[child].tags.get("span.kind") == "server"
    )
    return trace.self_times[call] + sum(trace.self_times[server] for server in servers)
