"""The tree of a trace's spans, whatever they look like.

Spans arrive late, twice, without their parents, and from broken clients as each other's parents.
Any of it gives a tree and a list of anomalies. Nothing here raises and nothing recurses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from operator import attrgetter, eq, lt

from collector.analysis.anomaly import Anomaly
from collector.analysis.asynchronous import asynchronous_rows
from collector.analysis.shared_ids import Oddity, find_parents, number_spans, without_copies
from collector.analysis.untimed_spans import claim_of, place_untimed
from collector.model import Span, TagValue


@dataclass(slots=True)
class Tree:
    """The spans of a trace in display order (depth first, children by start), with a list for each
    fact about a row.

    A parent always comes before its children, and a subtree is a run of rows: row `i` and the
    `size[i] - 1` rows after it. So every walk over the tree is a loop: forwards for parents first,
    backwards for children first.
    """

    spans: list[Span]
    kinds: list[TagValue | None]
    """The tag `span.kind` of each row, by which the two ends of a call are told; None without."""
    start: list[int]
    """Nanoseconds since 1970."""
    end: list[int]
    """Nanoseconds since 1970."""
    parent: list[int]
    """Row of the parent, -1 for a root and for a span promoted to one."""
    depth: list[int]
    """Number of ancestors."""
    size: list[int]
    """Number of rows in the subtree, including the row itself."""
    asynchronous: list[bool]
    """Whether the parent does not wait for this span (`collector.analysis.asynchronous`)."""
    anomalies: list[Anomaly]
    root_received: bool
    """Whether row 0 is a true root, a span without a parent. If not, the beginning of the trace is
    unknown."""
    as_sent: dict[int, Span]
    """By row, the spans whose times are impossible, before they were placed."""
    numbers: dict[int, int]
    """By row, which of the spans with its id one is, if it is not the first: 2, 3 and so on."""

    def __len__(self) -> int:
        return len(self.spans)

    def children(self, row: int) -> Iterator[int]:
        """Yield the rows of a span's children, by start."""
        child, end = row + 1, row + self.size[row]
        while child < end:
            yield child
            child += self.size[child]

    def roots(self) -> Iterator[int]:
        """Yield the rows without a parent: the true roots, then the promoted ones."""
        row = 0
        while row < len(self.spans):
            yield row
            row += self.size[row]


def build_tree(spans: Iterable[Span]) -> Tree:
    """Arrange the spans of one trace, given in any order, as a tree. Never raises; O(n log n).

    Identical records are kept once; a client and a server span under one id (Zipkin's shared spans)
    become parent and child; a span whose parent was not received, and the earliest span of every
    cycle, are promoted to roots; a span with impossible times is placed where its relatives are.
    """
    spans = list(spans)
    oddities: list[Oddity] = []
    numbers: dict[int, int] = {}
    if len({span.span_id for span in spans}) < len(spans):
        spans = without_copies(spans, oddities)
        numbers = number_spans(spans)
    if not any(span.arrived for span in spans):
        return _arrange(spans, oddities, numbers)
    tree = _arrange(spans, [], {})
    placed = place_untimed(tree.spans, tree.parent)
    sent = {id(new): old for new, old in zip(placed, tree.spans, strict=True) if old.arrived}
    numbers |= {new: numbers[id(old)] for new, old in sent.items() if id(old) in numbers}
    tree = _arrange(placed, oddities, numbers)
    tree.as_sent = {row: sent[id(s)] for row, s in enumerate(tree.spans) if s.arrived}
    tree.anomalies += [
        Anomaly("impossible_time", span.span_id, claim_of(span), tree.numbers.get(row, 1))
        for row, span in tree.as_sent.items()
    ]
    return tree


def _arrange(spans: list[Span], oddities: list[Oddity], numbers: dict[int, int]) -> Tree:
    """Return the tree of spans without copies. `numbers` are by the `id()` of a span; `oddities`
    are those found so far."""
    ordered = _by_start(spans)
    index_of = {span.span_id: index for index, span in enumerate(ordered)}
    if len(index_of) == len(ordered):
        parent_of = [index_of.get(s.parent_id, -1) if s.parent_id else -1 for s in ordered]
    else:
        parent_of = find_parents(ordered, oddities)
    roots = _name_roots(ordered, parent_of, oddities)
    order = _parents_first(roots, parent_of)
    if len(order) < len(ordered):
        roots += sorted(_cut_cycles(ordered, parent_of, set(order), oddities))
        order = _parents_first(roots, parent_of)
    tree = _in_display_order(ordered, parent_of, roots, order)
    if numbers:
        tree.numbers = {row: n for row, s in enumerate(tree.spans) if (n := numbers.get(id(s), 0))}
    tree.anomalies += [
        Anomaly(kind, span.span_id, what, numbers.get(id(span), 1)) for kind, span, what in oddities
    ]
    return tree


def _by_start(spans: Iterable[Span]) -> list[Span]:
    """Return the spans by start, and by id if they start together, so that the order received does
    not matter."""
    ordered = sorted(spans, key=attrgetter("start"))
    starts = [span.start for span in ordered]
    next_starts = islice(starts, 1, None)
    tied = [index for index, same in enumerate(map(eq, starts, next_starts)) if same]
    until = 0
    for first in tied:  # few, so sorting them is quicker than sorting all by two keys
        if first < until:
            continue
        until = first + 1
        while until < len(starts) and starts[until] == starts[first]:
            until += 1
        ordered[first:until] = sorted(ordered[first:until], key=attrgetter("span_id"))
    return ordered


def _name_roots(spans: list[Span], parent_of: list[int], oddities: list[Oddity]) -> list[int]:
    """Return the indexes to start from: true roots first, then orphans, each by start."""
    parentless = [index for index, parent in enumerate(parent_of) if parent < 0]
    roots = [index for index in parentless if not spans[index].parent_id]
    orphans = [index for index in parentless if spans[index].parent_id]
    for index in roots[1:]:
        oddities.append(Oddity("many_roots", spans[index], "another span has no parent either"))
    for index in orphans:
        span = spans[index]
        what = f"its parent {span.parent_id:016x} was not received"
        oddities.append(Oddity("orphan", span, what))
    if spans and not roots:
        oddities.append(Oddity("no_root", spans[0], "no span without a parent was received"))
    return roots + orphans


def _parents_first(roots: list[int], parent_of: list[int]) -> Sequence[int]:
    """Return every index that can be reached, parents before their children, siblings in the order
    of their indexes."""
    if all(map(lt, parent_of, count())):  # as they are by start, unless clocks disagree
        return range(len(parent_of))
    first_child = [-1] * len(parent_of)
    next_sibling = [-1] * len(parent_of)
    for index in range(len(parent_of) - 1, -1, -1):
        parent = parent_of[index]
        if parent >= 0:
            next_sibling[index] = first_child[parent]
            first_child[parent] = index
    walk = []
    stack = roots[::-1]
    while stack:
        index = stack.pop()
        walk.append(index)
        if next_sibling[index] >= 0:
            stack.append(next_sibling[index])
        if first_child[index] >= 0:
            stack.append(first_child[index])
    return walk


def _cut_cycles(
    spans: list[Span], parent_of: list[int], reached: set[int], oddities: list[Oddity]
) -> list[int]:
    """Make the earliest span of every cycle a root; return their indexes."""
    cut = []
    seen = reached
    for start in range(len(spans)):
        path: dict[int, None] = {}
        index = start
        while index not in seen:
            seen.add(index)
            path[index] = None
            index = parent_of[index]
        if index in path:
            members = list(path)
            earliest = min(members[members.index(index) :])
            parent_of[earliest] = -1
            cut.append(earliest)
            oddities.append(Oddity("cycle", spans[earliest], "it is its own ancestor"))
    return cut


def _in_display_order(
    spans: list[Span], parent_of: list[int], roots: list[int], order: Sequence[int]
) -> Tree:
    """Return the tree, given its roots and an order in which parents come before their children."""
    size_of = [1] * len(spans)
    for index in reversed(order):
        if (above := parent_of[index]) >= 0:
            size_of[above] += size_of[index]

    free = [0] * len(spans)
    """By index, the row of the span itself; once that is taken, the row for its next child."""
    next_root = 0
    for index in roots:
        free[index] = next_root
        next_root += size_of[index]
    row_of = [0] * len(spans)
    index_at = [0] * len(spans)
    parent = [-1] * len(spans)
    depth = [0] * len(spans)
    for index in order:
        above = parent_of[index]
        if above < 0:
            row = free[index]
        else:
            row = free[above]
            free[above] = row + size_of[index]
            parent[row] = row_of[above]
            depth[row] = depth[row_of[above]] + 1
        free[index] = row + 1
        row_of[index] = row
        index_at[row] = index

    rows = [spans[index] for index in index_at]
    start = [span.start for span in rows]
    end = [begin + span.duration for begin, span in zip(start, rows, strict=True)]
    size = [size_of[index] for index in index_at]
    kinds = [span.tags.get("span.kind") for span in rows]
    asynchronous = asynchronous_rows(rows, kinds, end, parent)
    root_received = bool(rows) and not rows[0].parent_id
    return Tree(
        *(rows, kinds, start, end, parent, depth, size, asynchronous, [], root_received),
        as_sent={},
        numbers={},
    )
