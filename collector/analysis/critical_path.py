"""The critical path: for each moment of the root, the one span that the answer was waiting for."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from collector.analysis.tree import Tree


class Section(NamedTuple):
    """A stretch of time during which everything waited for one span."""

    row: int
    start: int
    """Nanoseconds since 1970."""
    end: int
    """Nanoseconds since 1970."""


def critical_path(tree: Tree) -> list[Section]:
    """Return the critical path of the first root, in order of time. O(n log n).

    The sections tile the root's interval exactly: each begins where the previous one ends, none is
    empty, and together they are as long as the root, whatever the spans look like. A section names
    the span that worked; a span with children appears for the time it waited for none of them.

    The path is walked backwards: what ended last before a moment is what that moment waited for, as
    in Jaeger's `criticalPath` with two differences. A child that ends exactly where the next begins
    counts, and so does one that overlaps the next by at most 1 % of its own length, because two
    clock readings are never quite at the same moment (CRISP, Zhang et al., USENIX ATC 2022).
    """
    return sorted(map(Section._make, _sections(tree)), key=attrgetter("start"))


def critical_times(tree: Tree) -> list[int]:
    """Return each row's ns on the critical path; their sum is the first root's duration."""
    times = [0] * len(tree)
    for row, start, end in _sections(tree):
        times[row] += end - start
    return times


def _sections(tree: Tree) -> list[tuple[int, int, int]]:
    """Return row, start and end of every section, in no particular order.

    Each span on the path is given a window, and splits it among its children and itself. Parents
    come before their children in a tree, so a loop over the rows takes the place of recursion.
    """
    sections: list[tuple[int, int, int]] = []
    windows = {0: (tree.start[0], tree.end[0])} if tree.spans else {}
    row, stop = 0, tree.size[0] if tree.spans else 0
    while row < stop:
        window = windows.pop(row, None)
        if window is None:
            row += tree.size[row]
            continue
        opens, cursor = window
        if tree.size[row] > 1:
            cursor = _share(tree, row, window, windows, sections)
        if opens < cursor:
            sections.append((row, opens, cursor))
        row += 1
    return sections


def _share(
    tree: Tree,
    row: int,
    window: tuple[int, int],
    windows: dict[int, tuple[int, int]],
    sections: list[tuple[int, int, int]],
) -> int:
    """Give windows to the children that a span waited for in its own window, and the time between
    them to the span; return the moment before which it waited for none."""
    opens, closes = window
    cursor = closes
    for child in _latest_first(tree, row, closes):
        start = max(tree.start[child], opens)
        end = min(tree.end[child], closes)
        overlap = end - cursor
        if overlap > 0:
            if overlap * 100 > end - start:
                continue
            end = cursor
        if start < end:
            if end < cursor:
                sections.append((row, end, cursor))
            windows[child] = start, end
            cursor = start
    return cursor


def _latest_first(tree: Tree, row: int, closes: int) -> list[int]:
    """Return the children that the span waits for, the last to end within its window first."""
    children = [child for child in tree.children(row) if not tree.asynchronous[child]]
    if len(children) > 1:
        children.sort(key=lambda child: min(tree.end[child], closes), reverse=True)
    return children
