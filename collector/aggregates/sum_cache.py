"""Sets of traces, added up, and kept added up as long as the traces stay as they are."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from collector.aggregates.digest import KEYINGS, Card, Sum, nothing
from collector.aggregates.digest_store import Labels, cards, labels, name, sums
from collector.aggregates.trace_set import MOST, Member, TraceSet, find
from collector.analysis.fold import Fold
from collector.analysis.route import Route, route_of
from collector.analysis.trace import Trace
from collector.http.response_cache import Rendered
from collector.search.ast import EVERYTHING
from collector.search.search import ALL_TIME
from collector.store.sqlite import Store

PATIENCE = 6.0
"""Seconds for which digests are made while somebody waits; older traces are left out then."""
CANDIDATES = 2 * MOST
"""Traces looked at for those of one route."""

_BLOCK = 256
"""Traces of a block, about."""
_AT_ONCE = 16
"""Sums added up together: enough to be quick about it, few enough to stay in the processor's
cache."""
_BLOCK_BYTES = 24 * 1024 * 1024
_PICKED_SETS = 6
_PREPARED = 3
"""Routes added up in advance."""
_LOCKS = 16

_decode = msgspec.msgpack.Decoder(Sum).decode


EVERY_TRACE = TraceSet(EVERYTHING, ALL_TIME, None)


class Picked(NamedTuple):
    """The traces of a set that are looked at, the newest first, each with its card."""

    members: list[Member]
    cards: list[Card]
    matched: int
    exact: bool
    pending: int
    """Traces that were left out because their digests are not made yet."""
    moment: int
    """When they were looked up, ns since 1970."""


class Aggregates:
    """Answers about sets of traces. Any thread may ask.

    A set is added up in blocks, each kept under a name made of the traces in it and their versions.
    So nothing is ever out of date: where traces came, grew or went there is another name, and only
    that block is added up again.
    """

    def __init__(self, store: Store, give_way: Callable[[], None]) -> None:
        """`give_way` is called every few milliseconds of work."""
        self._store = store
        self._give_way = give_way
        self._blocks = Rendered(_BLOCK_BYTES)
        self._picked: OrderedDict[TraceSet, tuple[object, Picked]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(_LOCKS)]

    def pick(self, wanted: TraceSet) -> Picked:
        """The newest traces of a set, as they are now."""
        with self._turn(wanted):
            state = self._state()
            with self._lock:
                known = self._picked.get(wanted)
            if known and known[0] == state:
                return known[1]._replace(moment=time.time_ns())
            picked = self._pick(wanted)
            if not picked.pending:
                with self._lock:
                    self._picked[wanted] = state, picked
                    self._picked.move_to_end(wanted)
                    if len(self._picked) > _PICKED_SETS:
                        self._picked.popitem(last=False)
            return picked

    def sum_of(self, picked: Picked, keying: str) -> Sum:
        """The picked traces added up under a keying, one of `KEYINGS`."""
        alike = labels(picked.members, picked.cards)
        return _added([self._block(keying, each, alike) for each in _blocks(picked.members)])

    def prepare(self, may_go_on: Callable[[], bool]) -> None:
        """Add up in advance what is asked for most: everything, and the routes that most of the
        time goes to. `may_go_on` is called every few milliseconds; it may wait, or end it."""
        everything = self.pick(EVERY_TRACE)
        took: Counter[Route] = Counter()
        for card in everything.cards:
            took[card.route] += card.duration
        routes = [TraceSet(EVERYTHING, ALL_TIME, route) for route, _ in took.most_common(_PREPARED)]
        for wanted in (EVERY_TRACE, *routes):
            picked = self.pick(wanted)
            alike = labels(picked.members, picked.cards)
            for keying in KEYINGS:
                for members in _blocks(picked.members):
                    if not may_go_on():
                        return
                    self._block(keying, members, alike)

    def likes(self, trace: Trace) -> Fold:
        """The newest traces with the same route, folded by operation."""
        wanted = TraceSet(EVERYTHING, ALL_TIME, route_of(trace))
        return self.sum_of(self.pick(wanted), "operation").fold

    def _pick(self, wanted: TraceSet) -> Picked:
        moment, until = time.time_ns(), time.monotonic() + PATIENCE
        found = find(self._store, wanted, MOST if wanted.route is None else CANDIDATES)
        members: list[Member] = []
        picked: list[Card] = []
        pending = 0
        for member, card in zip(
            found.members, cards(found.members, until, self._give_way), strict=True
        ):
            if card is None:
                pending += time.monotonic() > until
            elif wanted.route is None or card.route == wanted.route:
                members.append(member)
                picked.append(card)
        matched, exact = found.matched, found.exact
        if wanted.route is not None:
            all_seen = exact and matched == len(found.members) and not pending
            matched, exact = len(members), all_seen
        return Picked(members[:MOST], picked[:MOST], matched, exact, pending, moment)

    def _state(self) -> object:
        """What changes with whatever is stored or dropped."""
        partitions = self._store.partitions()
        return tuple((each.number, each.spans, each.next_row) for each in partitions)

    def _block(self, keying: str, members: Sequence[Member], alike: Labels) -> Sum:
        try:
            encoded = self._blocks.get(
                (name(members, keying),),
                lambda: msgspec.msgpack.encode(self._add_up(keying, members, alike)),
            )
        except OverflowError:  # sums beyond 2^64, of which nothing can be kept
            return self._add_up(keying, members, alike)
        return _decode(encoded)

    def _add_up(self, keying: str, members: Sequence[Member], alike: Labels) -> Sum:
        total = nothing()
        each = sums(members, alike, keying)
        while some := list(islice(each, _AT_ONCE)):
            total.add_all(some)
            self._give_way()
        return total

    def _turn(self, wanted: TraceSet) -> threading.Lock:
        """Held while a set is looked up, so that others who want the same wait for it rather than
        do it as well."""
        return self._turns[hash(wanted) % _LOCKS]


def _blocks(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    """The traces as they were stored, cut where a trace's number says so. What comes or goes at
    one place does not move the cuts elsewhere."""
    ordered = sorted(members, key=lambda member: (member.partition.number, member.row))
    begin = 0
    for end, member in enumerate(ordered, 1):
        cut = (member.row * 0x9E3779B1 >> 12) % _BLOCK == 0
        if cut or end - begin == 4 * _BLOCK:
            yield ordered[begin:end]
            begin = end
    if begin < len(ordered):
        yield ordered[begin:]


def _added(many: Sequence[Sum]) -> Sum:
    total = nothing()
    total.add_all(many)
    return total
