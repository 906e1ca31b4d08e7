"""What is still known of a request's cause and effect when some of its spans are lost.

Random distributed runs say what truly happened; each kind of metadata says what it still knows from
the spans that arrived. Two relations are asked for: which span is an ancestor of which, and which
span ended before which began because of a chain of messages and steps.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import NamedTuple

import msgspec

from collector.analysis.logical_order import RECEIVED, SENT, logical_order, stamp
from collector.analysis.tree import Tree, build_tree
from collector.model import Span
from tests.collector.analysis.distributed_runs import Run
from tracer.history import Point, read, write
from tracer.history.header import DEFAULT_BYTES
from tracer.history.point import Cut

Pair = tuple[int, int]


class Relations(NamedTuple):
    """Pairs of span ids."""

    ancestors: set[Pair]
    """The first is an ancestor of the second."""
    order: set[Pair]
    """The first ended before the second began."""


class Kind(NamedTuple):
    """One kind of metadata that requests can carry."""

    name: str
    relations: Callable[[Run, list[Span]], Relations]
    """Returns what it knows of a run from the spans that have arrived."""


class Score(NamedTuple):
    """Of the true relations between spans that arrived, the share that is known; and of those that
    were claimed, the share that is true."""

    recall: float
    precision: float


def from_ids(run: Run, arrived: list[Span]) -> Relations:
    """Return what ids of traces, spans and parents tell, and within a process its own clock."""
    tree = build_tree(map(_without_clock, arrived))
    order = logical_order(tree)
    ids = [span.span_id for span in tree.spans]
    rows = range(len(tree))
    pairs = permutations(rows, 2)
    before = {(ids[one], ids[other]) for one, other in pairs if order.before(one, other)}
    return Relations(_ancestors(tree), before)


def from_logical_clock(run: Run, arrived: list[Span]) -> Relations:
    """Return what ids tell, and the order of stamps where they tell nothing.

    A smaller number is only a hint: two events that know nothing of each other have numbers, too.
    """
    known = from_ids(run, arrived)
    stamps = [(span.span_id, *_stamps(span)) for span in arrived]
    hinted = {
        (one, other)
        for (one, _, end), (other, start, _) in permutations(stamps, 2)
        if 0 < end < start and (one, other) not in known.ancestors
    }
    return Relations(known.ancestors, known.order | hinted)


def from_history(run: Run, arrived: list[Span], max_bytes: int) -> Relations:
    """Return what ids tell of the spans that arrived, and of those in the history that the root
    holds: it came with the answer, not by the way on which spans are lost."""
    spans = run.recorded()
    history = read(write(list(map(_point, spans)), Cut(), max_bytes))
    ids = {span.span_id for span in arrived}
    known = ids | {point.span_id for point in history.points} if history else ids
    ancestors, order = from_ids(run, [span for span in spans if span.span_id in known])
    return Relations(
        {pair for pair in ancestors if ids.issuperset(pair)},
        {pair for pair in order if ids.issuperset(pair)},
    )


KINDS = [
    Kind("id only", from_ids),
    Kind("+ logical clock", from_logical_clock),
    Kind("+ history, 300 B", partial(from_history, max_bytes=300)),
    Kind("+ history, 3,500 B", partial(from_history, max_bytes=DEFAULT_BYTES)),
]


class Requests:
    """Random requests, and what is true of them."""

    def __init__(self, number: int) -> None:
        self._runs = [Run(seed) for seed in range(number)]
        self._spans = [run.recorded() for run in self._runs]
        self._truths = list(map(from_ids, self._runs, self._spans))

    def scores(self, kind: Kind, lost: float) -> dict[str, Score]:
        """Return how well a kind does with each relation if spans are lost with a probability."""
        chance = random.Random(round(lost * 1000))
        found, true, claimed = Counter[str](), Counter[str](), Counter[str]()
        for run, spans, truth in zip(self._runs, self._spans, self._truths, strict=True):
            arrived = [span for span in spans if chance.random() >= lost]
            ids = {span.span_id for span in arrived}
            claims = kind.relations(run, arrived)
            for relation in Relations._fields:
                pairs = {pair for pair in getattr(truth, relation) if ids.issuperset(pair)}
                claim = getattr(claims, relation)
                found[relation] += len(pairs & claim)
                true[relation] += len(pairs)
                claimed[relation] += len(claim)
        return {
            relation: Score(found[relation] / true[relation], found[relation] / claimed[relation])
            for relation in Relations._fields
        }


def _ancestors(tree: Tree) -> set[Pair]:
    pairs = set()
    for row, span in enumerate(tree.spans):
        above = tree.parent[row]
        while above >= 0:
            pairs.add((tree.spans[above].span_id, span.span_id))
            above = tree.parent[above]
    return pairs


def _point(span: Span) -> Point:
    return Point(
        span.span_id,
        span.parent_id,
        span.service,
        span.name,
        span.resource,
        span.start,
        span.duration,
        error=False,
        open=False,
        forked=False,
    )


def _stamps(span: Span) -> tuple[int, int]:
    """Return the logical clock's numbers at a span's start and end, 0 where there is none."""
    sent, received = stamp(span, SENT), stamp(span, RECEIVED)
    return (received, sent) if span.tags.get("span.kind") == "server" else (sent, received)


def _without_clock(span: Span) -> Span:
    tags = {key: value for key, value in span.tags.items() if key not in (SENT, RECEIVED)}
    return msgspec.structs.replace(span, tags=tags)
