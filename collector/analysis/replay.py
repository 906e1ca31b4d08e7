"""Play a trace again with something changed, and see when it ends.

The rule of the game: a call begins when all those that had ended before it have ended, plus the
time its parent then took to begin it; a parent ends when all its calls have ended, plus the time it
then took to finish. What was concurrent stays concurrent, and what was not does not, unless that is
the change. With nothing changed every span ends when it ended, to the nanosecond.

What a replay cannot know is what the change does to *other* requests: a lock held for less time, a
processor less busy. All it has of that is `Changes.of`: waiting follows work.
"""

from __future__ import annotations

from collector.analysis.change import Change, Changes
from collector.analysis.pool import Pool
from collector.analysis.trace import Trace


def replay(trace: Trace, changes: Changes) -> int:
    """The duration in ns that the first root would have had. O(n log n).

    Lengths are worked out from the leaves to the root; a subtree that no change touches keeps its
    length. The Mystery Machine (Chow et al., OSDI 2014) predicts speed-ups with a like model.
    """
    tree = trace.tree
    if not tree.spans:
        return 0
    change_of = [changes.of(span) for span in tree.spans]
    touched = [change is not None for change in change_of]
    lengths = [span.duration for span in tree.spans]
    for row in range(tree.size[0] - 1, -1, -1):
        if touched[row]:
            lengths[row] = _length(trace, row, change_of, lengths)
            if row:
                touched[tree.parent[row]] = True
    return lengths[0]


def _length(trace: Trace, row: int, change_of: list[Change | None], lengths: list[int]) -> int:
    """The new length of a span, given those of its children. Times count from the span's start."""
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

    go_on: list[int] = []  # when each call, as played, no longer keeps the parent from going on
    finished = _by_end(starts, ends)
    was = now = 0  # when the last of the calls that had finished ended: as measured, as played
    for index, call in enumerate(calls):
        while finished and finished[-1][0] <= starts[index] and finished[-1][1] < index:
            earlier = finished.pop()[1]
            was = max(was, ends[earlier])
            now = max(now, go_on[earlier])
            if earlier in pools:
                now = max(now, pools[earlier].wait_for(earlier))
        same_batch = index - 1 in batched and change_of[calls[index - 1]] is change_of[call]
        begin = now + (0 if same_batch else _stretch(starts[index] - was, factor))
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
    return max(0, now + _stretch(duration - was, factor))


def _stretch(own: int, factor: float) -> int:
    """Own time of a span, changed. Where clocks made it negative it stays as it is."""
    return own if own <= 0 or factor == 1 else round(own * factor)


def _by_end(starts: list[int], ends: list[int]) -> list[tuple[int, int]]:
    """When each call had ended for the next ones to begin, and its index; the first to end last.

    A call that overlaps the next by up to 1 % of itself had ended
    (`collector.analysis.critical_path`).
    """
    moments = (end - (end - start) // 100 for start, end in zip(starts, ends, strict=True))
    return sorted(((moment, index) for index, moment in enumerate(moments)), reverse=True)


def _pools(calls: list[int], change_of: list[Change | None]) -> dict[int, Pool]:
    """The pool that runs a call, by index, where the call's operation is made parallel."""
    pools = {}
    for change, indexes in _together(calls, change_of, "parallel").items():
        pools.update(dict.fromkeys(indexes, Pool(change.width, last=indexes[-1])))
    return pools


def _batches(
    trace: Trace, calls: list[int], change_of: list[Change | None], lengths: list[int]
) -> dict[int, int]:
    """New lengths, by index, of calls that become one: the first takes what the batch takes, the
    others none.

    Each call costs something by itself, and the work it asks for comes on top. A batch costs the
    former once and the latter in full.
    """
    batched = {}
    for indexes in _together(calls, change_of, "batch").values():
        rows = [calls[index] for index in indexes]
        costs = [min(lengths[row], _cost_of_calling(trace, row)) for row in rows]
        work = sum(lengths[row] for row in rows) - sum(costs)
        batched.update(dict.fromkeys(indexes, 0))
        batched[indexes[0]] = max(costs) + work
    return batched


def _together(
    calls: list[int], change_of: list[Change | None], way: str
) -> dict[Change, list[int]]:
    """The indexes of the calls that each change of one kind concerns."""
    together: dict[Change, list[int]] = {}
    for index, call in enumerate(calls):
        change = change_of[call]
        if change and change.way == way:
            together.setdefault(change, []).append(index)
    return together


def _cost_of_calling(trace: Trace, call: int) -> int:
    """What a call costs whatever it asks for: its own time, and the server's at the other end."""
    tree = trace.tree
    servers = (
        child
        for child in tree.children(call)
        if tree.spans[child].tags.get("span.kind") == "server"
    )
    return trace.own[call] + sum(trace.own[server] for server in servers)
