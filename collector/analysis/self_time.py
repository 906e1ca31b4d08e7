"""Self time: what a span did itself, while none of its children was at work."""

from __future__ import annotations

from collector.analysis.tree import Tree


def self_times(tree: Tree) -> list[int]:
    """Return each row's self time in ns: its duration less the union of its children, clamped to
    it. O(n).

    Children that the parent does not wait for (`tree.asynchronous`) take nothing away. Never
    negative, never above the duration. Where children work side by side, the self times of a trace
    add up to more than its duration.

    A sweep over the children by start, as in Jaeger's `compute-span-self-time.ts`; one pass is
    enough because rows come in that order already.
    """
    start, end = tree.start, tree.end
    own = [span.duration for span in tree.spans]
    covered_until = start.copy()
    for row, parent in enumerate(tree.parent):
        if parent < 0 or tree.asynchronous[row]:
            continue
        begin = start[row]
        if begin < covered_until[parent]:
            begin = covered_until[parent]
        finish = end[row]
        if finish > end[parent]:
            finish = end[parent]
        if begin < finish:
            own[parent] -= finish - begin
            covered_until[parent] = finish
    return own
