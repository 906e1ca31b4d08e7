"""The digests of stored traces: made once, kept in a file beside their partition."""

from __future__ import annotations

import sqlite3
import time
from array import array
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import msgspec

from collector.aggregates.digest import KEYINGS, Card, Digest, Sum, digest, nothing
from collector.aggregates.digest_file import digest_file_of
from collector.aggregates.trace_set import Member
from collector.analysis.route import Route
from collector.store.partition import Partition

PACK = 32
"""Neighbours of which those that are alike are added up in advance."""
CHUNK = 8
"""Digests made and stored at once: some milliseconds."""

_encode = msgspec.msgpack.Encoder().encode
_decode_sum = msgspec.msgpack.Decoder(Sum).decode


def cards(
    members: Sequence[Member], until: float, give_way: Callable[[], None]
) -> list[Card | None]:
    """A card for each of the traces; made where there is none yet, until that moment (of
    `time.monotonic`), or if the trace has grown. None for those that are left then, and for those
    that were dropped meanwhile. `give_way` is called between any two chunks."""
    found = _known_cards(members)
    missing = [number for number, card in enumerate(found) if card is None]
    for begin in range(0, len(missing), CHUNK):
        if time.monotonic() > until:
            break
        some = missing[begin : begin + CHUNK]
        made = make([members[number] for number in some])
        for number, each in zip(some, made, strict=True):
            found[number] = each.card if each else None
        give_way()
    return found


Labels = Mapping[tuple[int, int], Hashable]
"""What a trace is like, by the number of its partition and its own."""


def labels(members: Sequence[Member], cards: Sequence[Card]) -> Labels:
    """What searches tell traces apart by, mostly. Traces alike are added up in advance."""
    return {
        (member.partition.number, member.row): (card.route, card.failed, card.version, card.status)
        for member, card in zip(members, cards, strict=True)
    }


def sums(members: Sequence[Member], alike: Labels, keying: str) -> Iterator[Sum]:
    """Sums that add up to that of the traces, but for those that were dropped meanwhile."""
    for partition, some in _by_partition(members):
        groups = {name(group, keying): group for group in _groups(some, alike)}
        packs: dict[str, bytes] = {}
        with suppress(sqlite3.Error):
            packs = digest_file_of(partition).packs(
                [each for each, g in groups.items() if len(g) > 1]
            )
        yield from map(_decode_sum, packs.values())
        single = [member for each, group in groups.items() if each not in packs for member in group]
        yield from _single(partition, single, keying)


def pack(partition: Partition, members: Sequence[Member]) -> None:
    """Add up in advance those of the traces that are alike. Raises `sqlite3.Error`."""
    known = [(m, card) for m, card in zip(members, _known_cards(members), strict=True) if card]
    alike = labels([member for member, _ in known], [card for _, card in known])
    for group in _groups([member for member, _ in known], alike):
        names = {name(group, keying): keying for keying in KEYINGS}
        if len(group) > 1 and not digest_file_of(partition).packs(list(names)):
            rows = []
            for each, keying in names.items():
                total = nothing()
                total.add_all(list(_single(partition, group, keying)))
                with suppress(OverflowError):
                    rows.append((each, _encode(total)))
            digest_file_of(partition).put({"pack": rows})


def name(members: Sequence[Member], keying: str) -> str:
    """A name that the sum of no other traces has, nor of these in another version."""
    numbers = array("Q")
    for member in members:
        numbers.extend((member.partition.number, member.row, member.spans))
    return blake2b(numbers.tobytes(), digest_size=16, person=keying.encode()).hexdigest()


def _groups(members: Sequence[Member], alike: Labels) -> Iterator[list[Member]]:
    """Neighbours that are alike, by number."""
    groups: dict[tuple[int, Hashable], list[Member]] = {}
    for member in sorted(members, key=attrgetter("row")):
        label = alike.get((member.partition.number, member.row))
        groups.setdefault(((member.row - 1) // PACK, label), []).append(member)
    return iter(groups.values())


def _single(partition: Partition, some: Sequence[Member], keying: str) -> Iterator[Sum]:
    """The sum of each of some traces of a partition."""
    if some:
        rows: dict[int, tuple[Any, ...]] = {}
        with suppress(sqlite3.Error):
            rows = digest_file_of(partition).take(keying, [member.row for member in some])
        for member in some:
            row = rows.get(member.row)
            if row and row[1] == member.spans:
                yield _decode_sum(row[2])
            else:
                [made] = make([member])
                if made:
                    yield made.sums[keying]


def make(members: Sequence[Member]) -> list[Digest | None]:
    """Make the digests of some traces and store them. None for those that were dropped
    meanwhile."""
    made: list[Digest | None] = []
    for member in members:
        known = None
        with suppress(sqlite3.Error):
            spans = member.partition.spans_of(member.row)
            known = digest(member.trace_id, spans) if spans else None
        made.append(known)
    for partition, some in _by_partition(members):
        of = dict(zip(members, made, strict=True))
        with suppress(sqlite3.Error):  # full, or closed: what is not kept is made again
            _keep(partition, [(member, each) for member in some if (each := of[member])])
    return made


def missing(partition: Partition, numbers: Sequence[int]) -> list[int]:
    """Those of the traces with these numbers that have no digest. Raises `sqlite3.Error`."""
    known = digest_file_of(partition).take("card", numbers)
    return [number for number in numbers if number not in known]


def _known_cards(members: Sequence[Member]) -> list[Card | None]:
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    routes: dict[int, dict[int, Route]] = {}
    for partition, some in _by_partition(members):
        with suppress(sqlite3.Error):
            file = digest_file_of(partition)
            taken = file.take("card", [member.row for member in some])
            rows.update(((partition.number, number), row) for number, row in taken.items())
            routes[partition.number] = {
                number: Route(*name) for number, name in file.routes().items()
            }
    return [
        _card(member, row, routes[member.partition.number])
        if (row := rows.get((member.partition.number, member.row))) and row[1] == member.spans
        else None
        for member in members
    ]


def _card(member: Member, row: tuple[Any, ...], routes: dict[int, Route]) -> Card:
    _, _, route, start, duration, failed, *rest = row
    return Card(
        member.trace_id,
        routes[route],
        start,
        duration,
        bool(failed),
        *rest,
    )


def _keep(partition: Partition, digests: list[tuple[Member, Digest]]) -> None:
    """Store digests. Sums beyond 2^64 have no encoding; they are made again each
    time."""
    file = digest_file_of(partition)
    rows: dict[str, list[tuple[Any, ...]]] = {"card": [], **{name: [] for name in KEYINGS}}
    for member, (card, sums_) in digests:
        route = file.number_of(*card.route)
        head = (member.row, member.spans, route)
        rows["card"].append((*head, *card[2:4], int(card.failed), *card[5:]))
        for name, each in sums_.items():
            with suppress(OverflowError):
                rows[name].append((member.row, member.spans, _encode(each)))
    file.put(rows)


def _by_partition(members: Sequence[Member]) -> list[tuple[Partition, list[Member]]]:
    found: dict[int, tuple[Partition, list[Member]]] = {}
    for member in members:
        found.setdefault(member.partition.number, (member.partition, []))[1].append(member)
    return list(found.values())
