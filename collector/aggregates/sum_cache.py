"""Sets of traces, added up, and kept added up as long as the traces stay as they are."""

from __future__ import annotations

import sqlite3
import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from itertools import islice

import msgspec

from collector.aggregates.digest import KEYINGS, Card, Sum, empty_sum
from collector.aggregates.digest_store import BATCH_SUMS, cards_of, sum_of_each
from collector.aggregates.trace_set import (
    MAX_TRACES,
    Member,
    Sample,
    TraceSet,
    find,
    member_of,
)
from collector.analysis.route import Route
from collector.bytes_cache import BytesCache
from collector.search.search import ALL_TIME
from collector.search.synthetic_requests import EVERYONE_ELSE
from collector.store.trace_store import TraceStore

DIGEST_TIMEOUT_S = 6.0
"""How long digests are made during a request; older traces are left out after that."""
MAX_LOOKED_UP = 2_000
"""Traces outside of a sample that are looked up by their ids for one answer."""
MAX_CANDIDATES = 2 * MAX_TRACES
"""Traces looked at to find those of one route."""

_BLOCK_TRACES = 256
"""Traces of a block, on average."""
_BLOCK_BYTES = 10 * 1024 * 1024
"""Size of all blocks in memory. Those of 10,000 traces of the workshop have about 5 MB; the rest
fills up with blocks that have grown since, and are of no use to anybody."""
_LOOK_UP_TRACES = 4096
"""Traces whose cards are looked up at once."""
_FOUND_TRACES = 64
"""Traces that are looked up at once by their ids: some milliseconds."""
_KEPT_SAMPLES = 6
_LOCKS = 16

Version = tuple[int, int, int]
"""A trace as it was at some time: number of its partition, its own, and how many spans it had."""

_decode = msgspec.msgpack.Decoder(Sum).decode


USUAL_TRACES = TraceSet(EVERYONE_ELSE, ALL_TIME, None)
"""What a screen asks for by default: all traces but those of tests."""


class SumCache:
    """Samples of sets of traces, and their sums. Thread-safe.

    A set is added up in blocks, each kept under a name made of the traces in it and their versions.
    So nothing is ever out of date: where traces came, grew or went the name differs, and only that
    block is added up again.
    """

    def __init__(self, store: TraceStore, give_way: Callable[[], None]) -> None:
        """Create an empty cache. `give_way` is called every few milliseconds of work."""
        self._store = store
        self._give_way = give_way
        self._blocks = BytesCache(_BLOCK_BYTES)
        self._samples: OrderedDict[TraceSet, tuple[object, Sample]] = OrderedDict()
        self._lock = threading.Lock()
        self._set_locks = [threading.Lock() for _ in range(_LOCKS)]

    def sample_of(self, trace_set: TraceSet) -> Sample:
        """Return the newest traces of a set, as they are now."""
        with self._set_lock(trace_set):
            state = self._store.state()
            with self._lock:
                kept = self._samples.get(trace_set)
            if kept and kept[0] == state:
                return kept[1]._replace(moment=time.time_ns())
            sample = self._look_up(trace_set)
            if not sample.pending:
                with self._lock:
                    self._samples[trace_set] = state, sample
                    self._samples.move_to_end(trace_set)
                    if len(self._samples) > _KEPT_SAMPLES:
                        self._samples.popitem(last=False)
            return sample

    def sum_of(self, sample: Sample, keying: str) -> Sum:
        """Return the traces of a sample added up by a keying, one of `KEYINGS`."""
        total = empty_sum()
        total.add_all([self._block(keying, members) for members in _blocks(sample.members)])
        return total

    def prepare(self, may_go_on: Callable[[], bool]) -> None:
        """Add up in advance what is asked for most: the usual traces. `may_go_on` is called every
        few milliseconds; it may wait, or end the work."""
        sample = self.sample_of(USUAL_TRACES)
        for keying in KEYINGS:
            for members in _blocks(sample.members):
                if not may_go_on():
                    return
                self._block(keying, members)

    def routes_of(self, trace_ids: Collection[str]) -> dict[str, Route]:
        """Return the routes of some traces by their ids: of the first `MAX_LOOKED_UP`, and only of
        those that are stored."""
        members: dict[str, Member] = {}
        asked = iter(islice(trace_ids, MAX_LOOKED_UP))
        while batch := list(islice(asked, _FOUND_TRACES)):
            for trace_id, stored in self._store.find_all(batch).items():
                with suppress(sqlite3.Error):  # dropped meanwhile, or not readable at present
                    members[trace_id] = member_of(stored)
            self._give_way()
        until = time.monotonic() + DIGEST_TIMEOUT_S
        cards = cards_of(list(members.values()), until, self._give_way)
        return {asked: card.route for asked, card in zip(members, cards, strict=True) if card}

    def same_route(self, route: Route) -> Sample:
        """Return the newest traces with a route."""
        return self.sample_of(TraceSet(EVERYONE_ELSE, ALL_TIME, route))

    def _look_up(self, trace_set: TraceSet) -> Sample:
        moment, until = time.time_ns(), time.monotonic() + DIGEST_TIMEOUT_S
        max_traces = MAX_TRACES if trace_set.route is None else MAX_CANDIDATES
        matches = find(self._store, trace_set, max_traces)
        members: list[Member] = []
        cards: list[Card] = []
        pending = 0
        for member, card in self._with_cards(matches.members, self._known(trace_set), until):
            if card is None:
                pending += time.monotonic() > until
            elif trace_set.route is None or card.route == trace_set.route:
                members.append(member)
                cards.append(card)
        matched, exact = matches.matched, matches.exact
        if trace_set.route is not None:
            exact = exact and matched == len(matches.members) and not pending
            matched = len(members)
        return Sample(members[:MAX_TRACES], cards[:MAX_TRACES], matched, exact, pending, moment)

    def _known(self, trace_set: TraceSet) -> dict[Version, tuple[Member, Card]]:
        """Return traces looked up before, for this set or for the usual one. They are taken over as
        they are: that is quick, and what samples have in common is in memory once."""
        with self._lock:
            kept = [
                self._samples[each][1]
                for each in (USUAL_TRACES, trace_set)
                if each in self._samples
            ]
        return {
            _version(member): (member, card)
            for sample in kept
            for member, card in zip(sample.members, sample.cards, strict=True)
        }

    def _with_cards(
        self, members: Sequence[Member], known: dict[Version, tuple[Member, Card]], until: float
    ) -> Iterator[tuple[Member, Card | None]]:
        """Yield traces with their cards, reading those that are not known a part at a time."""
        for begin in range(0, len(members), _LOOK_UP_TRACES):
            part = members[begin : begin + _LOOK_UP_TRACES]
            new = [member for member in part if _version(member) not in known]
            new_cards = iter(cards_of(new, until, self._give_way))
            for member in part:
                yield known.get(_version(member)) or (member, next(new_cards))

    def _block(self, keying: str, members: Sequence[Member]) -> Sum:
        try:
            encoded = self._blocks.get(
                (_name_of_block(members, keying),),
                lambda: msgspec.msgpack.encode(self._add_up(keying, members)),
            )
        except OverflowError:  # sums beyond 2^64, of which nothing can be kept
            return self._add_up(keying, members)
        return _decode(encoded)

    def _add_up(self, keying: str, members: Sequence[Member]) -> Sum:
        total = empty_sum()
        sums = (each for _, each in sum_of_each(members, keying))
        while batch := list(islice(sums, BATCH_SUMS)):
            total.add_all(batch)
            self._give_way()
        return total

    def _set_lock(self, trace_set: TraceSet) -> threading.Lock:
        """Return the lock to hold while a set is looked up, so that others who want the same set
        wait for it rather than look it up as well."""
        return self._set_locks[hash(trace_set) % _LOCKS]


def _version(member: Member) -> Version:
    return member.partition.number, member.row, member.spans


def _blocks(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    """Yield the traces as they were stored, cut where a trace's number says so. Traces that come or
    go in one place do not move the cuts elsewhere."""
    ordered = sorted(members, key=lambda member: (member.partition.number, member.row))
    begin = 0
    for end, member in enumerate(ordered, 1):
        cut = (member.row * 0x9E3779B1 >> 12) % _BLOCK_TRACES == 0
        if cut or end - begin == 4 * _BLOCK_TRACES:
            yield ordered[begin:end]
            begin = end
    if begin < len(ordered):
        yield ordered[begin:]


def _name_of_block(members: Sequence[Member], keying: str) -> str:
    """Return a name that no other block has: neither that of other traces, nor that of these in
    another version."""
    numbers = array("Q")
    for member in members:
        numbers.extend(_version(member))
    return blake2b(numbers.tobytes(), digest_size=16, person=keying.encode()).hexdigest()
