"""Reading what the laboratory samples from the store."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from collector.aggregates.digest_store import cards_of, sum_of_each
from collector.aggregates.trace_set import Member, Sample, TraceSet, find
from collector.analysis.fold import OUTSIDE, Fold
from collector.laboratory.population import Edge, Population, Subject
from collector.model import Span
from collector.store.large_reads import large_analyses
from collector.store.trace_store import TraceStore

MAX_TRACES = 20_000
"""Traces that are sampled: the newest that match."""
DIGEST_TIMEOUT_S = 120.0
"""How long digests are made that are missing; older traces are left out after that."""
_PART_TRACES = 256
"""Traces that are looked at between two reports of progress."""

Place = tuple[int, int]
"""A trace: number of its partition, and its own."""
Progress = Callable[[float], None]
"""Takes note of which share of the work is done."""


def look_up(
    store: TraceStore, trace_set: TraceSet, give_way: Callable[[], None], progress: Progress
) -> Sample:
    """Return the newest traces of a set, with their cards. Those that were not read before are read
    now: the first time may take long."""
    moment, until = time.time_ns(), time.monotonic() + DIGEST_TIMEOUT_S
    matches = find(store, trace_set, MAX_TRACES)
    sample = Sample([], [], matches.matched, matches.exact, 0, moment)
    pending = 0
    for part in _parts(matches.members, progress):
        for member, card in zip(part, cards_of(part, until, give_way), strict=True):
            if card is None:
                pending += time.monotonic() > until
            elif trace_set.route in (None, card.route):
                sample.members.append(member)
                sample.cards.append(card)
    if trace_set.route is not None:
        exact = matches.exact and matches.matched == len(matches.members) and not pending
        return sample._replace(matched=len(sample.members), exact=exact, pending=pending)
    return sample._replace(pending=pending)


def population_of(sample: Sample) -> Population:
    """Return the traces of a sample to draw from, without the map."""
    sizes = stored_bytes(sample.members)
    return Population(
        [
            Subject(card, sizes.get(_place(member), 0), {})
            for member, card in zip(sample.members, sample.cards, strict=True)
        ]
    )


def population_with_calls(
    sample: Sample, give_way: Callable[[], None], progress: Progress
) -> Population:
    """Return the traces of a sample to draw from."""
    sizes = stored_bytes(sample.members)
    calls: dict[Place, Mapping[Edge, int]] = {}
    alike: dict[tuple[tuple[Edge, int], ...], Mapping[Edge, int]] = {}
    for part in _parts(sample.members, progress):
        for member, total in sum_of_each(part, "service"):
            edges = calls_between_services(total.fold)
            calls[_place(member)] = alike.setdefault(tuple(edges.items()), edges)
        give_way()
    return Population(
        [
            Subject(card, sizes.get(_place(member), 0), calls.get(_place(member), {}))
            for member, card in zip(sample.members, sample.cards, strict=True)
        ]
    )


def spans_in_order(sample: Sample) -> Iterator[tuple[int, list[Span]]]:
    """Yield the spans of each trace of a sample with its place there, the oldest trace first."""
    by_start = sorted(range(len(sample.cards)), key=lambda index: sample.cards[index].start)
    for index in by_start:
        member = sample.members[index]
        with suppress(sqlite3.Error), large_analyses.turn(member.spans):  # or dropped meanwhile
            yield index, member.partition.spans_of(member.row)


def calls_between_services(fold: Fold) -> dict[Edge, int]:
    """Return how often services call each other in a fold by service: the edges of the map."""
    return {
        (caller, called): calls.calls
        for called, node in fold.nodes.items()
        for caller, calls in node.callers.items()
        if caller != OUTSIDE
    }


def stored_bytes(members: Sequence[Member]) -> dict[Place, int]:
    """Return how many bytes the spans of each trace take in the store, indexes not counted."""
    sizes: dict[Place, int] = {}
    partitions = {member.partition.number: member.partition for member in members}
    for number, partition in partitions.items():
        rows = [member.row for member in members if member.partition.number == number]
        with suppress(sqlite3.Error):
            sizes.update(
                ((number, row), size) for row, size in partition.stored_bytes(rows).items()
            )
    return sizes


def _parts(members: Sequence[Member], progress: Progress) -> Iterator[Sequence[Member]]:
    for begin in range(0, len(members), _PART_TRACES):
        progress(begin / len(members))
        yield members[begin : begin + _PART_TRACES]


def _place(member: Member) -> Place:
    return member.partition.number, member.row
