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

from collector.aggregates.digest import KEYINGS, Card, Digest, Sum, digest, empty_sum
from collector.aggregates.digest_file import digest_file_of
from collector.aggregates.trace_set import Member
from collector.analysis.route import Route
from collector.store.large_reads import BusyReadingError, large_reads
from collector.store.trace_store import TracePart

PACK_TRACES = 32
"""Neighbouring traces among which those that are alike are added up in advance."""
CHUNK_TRACES = 8
"""Digests made and stored at once: some milliseconds."""

Labels = Mapping[tuple[int, int], Hashable]
"""What searches tell a trace apart by, by the number of its partition and its own. Traces are alike
if their labels are equal."""

_encode = msgspec.msgpack.Encoder().encode
_decode_sum = msgspec.msgpack.Decoder(Sum).decode


def cards_of(
    members: Sequence[Member], until: float, give_way: Callable[[], None]
) -> list[Card | None]:
    """Return a card for each of the traces.

    Cards that are missing, or whose traces have grown, are made until that moment (of
    `time.monotonic`). None stands for a trace that is left then, and for one dropped meanwhile.
    `give_way` is called between chunks.
    """
    cards = _stored_cards(members)
    missing = [index for index, card in enumerate(cards) if card is None]
    for begin in range(0, len(missing), CHUNK_TRACES):
        if time.monotonic() > until:
            break
        chunk = missing[begin : begin + CHUNK_TRACES]
        try:
            digests = make_digests([members[index] for index in chunk])
        except BusyReadingError:
            break  # by now it is late, or nearly: what is missing is left for the next time
        for index, made in zip(chunk, digests, strict=True):
            cards[index] = made.card if made else None
        give_way()
    return cards


def labels(members: Sequence[Member], cards: Sequence[Card]) -> Labels:
    """Return the labels of some traces. Traces alike are added up in advance."""
    return {
        (member.partition.number, member.row): (card.route, card.failed, card.version, card.status)
        for member, card in zip(members, cards, strict=True)
    }


def sums_of(members: Sequence[Member], alike: Labels, keying: str) -> Iterator[Sum]:
    """Yield sums that add up to the sum of the traces, except those dropped meanwhile."""
    for partition, here in _by_partition(members):
        groups = {name_of_sum(group, keying): group for group in _groups(here, alike)}
        packs: dict[str, bytes] = {}
        with suppress(sqlite3.Error):
            names = [name for name, group in groups.items() if len(group) > 1]
            packs = digest_file_of(partition).packs(names)
        yield from map(_decode_sum, packs.values())
        single = [member for name, group in groups.items() if name not in packs for member in group]
        yield from (each for _, each in _single_sums(partition, single, keying))


def sum_of_each(members: Sequence[Member], keying: str) -> Iterator[tuple[Member, Sum]]:
    """Yield each of the traces with its own sum, except those dropped meanwhile."""
    for partition, here in _by_partition(members):
        yield from _single_sums(partition, here, keying)


def pack_neighbours(partition: TracePart, members: Sequence[Member]) -> None:
    """Add up in advance those of the traces that are alike. Raises `sqlite3.Error` if the file of
    digests cannot be read or written."""
    stored = [(m, card) for m, card in zip(members, _stored_cards(members), strict=True) if card]
    with_card = [member for member, _ in stored]
    alike = labels(with_card, [card for _, card in stored])
    for group in _groups(with_card, alike):
        keying_of = {name_of_sum(group, keying): keying for keying in KEYINGS}
        if len(group) > 1 and not digest_file_of(partition).packs(list(keying_of)):
            rows = []
            for name, keying in keying_of.items():
                total = empty_sum()
                total.add_all([each for _, each in _single_sums(partition, group, keying)])
                with suppress(OverflowError):
                    rows.append((name, _encode(total)))
            digest_file_of(partition).put({"pack": rows})


def name_of_sum(members: Sequence[Member], keying: str) -> str:
    """Return a name that no other sum has: neither that of other traces, nor that of these in
    another version."""
    numbers = array("Q")
    for member in members:
        numbers.extend((member.partition.number, member.row, member.spans))
    return blake2b(numbers.tobytes(), digest_size=16, person=keying.encode()).hexdigest()


def _groups(members: Sequence[Member], alike: Labels) -> Iterator[list[Member]]:
    """Return the traces in groups of neighbours that are alike, by number."""
    groups: dict[tuple[int, Hashable], list[Member]] = {}
    for member in sorted(members, key=attrgetter("row")):
        label = alike.get((member.partition.number, member.row))
        groups.setdefault(((member.row - 1) // PACK_TRACES, label), []).append(member)
    return iter(groups.values())


def _single_sums(
    partition: TracePart, members: Sequence[Member], keying: str
) -> Iterator[tuple[Member, Sum]]:
    """Yield each of some traces of a partition with its sum."""
    if members:
        rows: dict[int, tuple[Any, ...]] = {}
        with suppress(sqlite3.Error):
            rows = digest_file_of(partition).take(keying, [member.row for member in members])
        for member in members:
            row = rows.get(member.row)
            if row and row[1] == member.spans:
                yield member, _decode_sum(row[2])
            else:
                [made] = make_digests([member])
                if made:
                    yield member, made.sums[keying]


def make_digests(members: Sequence[Member]) -> list[Digest | None]:
    """Make the digests of some traces and store them; None for a trace dropped meanwhile.

    Raises `BusyReadingError` if one of them is large and others are being read.
    """
    digests: list[Digest | None] = []
    for member in members:
        made = None
        with suppress(sqlite3.Error), large_reads.turn(member.spans):
            spans = member.partition.spans_of(member.row)
            made = digest(member.trace_id, spans) if spans else None
        digests.append(made)
    digest_of = dict(zip(members, digests, strict=True))
    for partition, here in _by_partition(members):
        with suppress(sqlite3.Error):  # full, or closed: what is not kept is made again
            _keep(partition, [(member, made) for member in here if (made := digest_of[member])])
    return digests


def without_digest(partition: TracePart, numbers: Sequence[int]) -> list[int]:
    """Return those of the traces with these numbers that have no digest. Raises `sqlite3.Error` if
    the file of digests cannot be read."""
    digested = digest_file_of(partition).take("card", numbers)
    return [number for number in numbers if number not in digested]


def _stored_cards(members: Sequence[Member]) -> list[Card | None]:
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    routes: dict[int, dict[int, Route]] = {}
    once: dict[Any, Any] = {}
    for partition, here in _by_partition(members):
        with suppress(sqlite3.Error):
            file = digest_file_of(partition)
            taken = file.take("card", [member.row for member in here])
            rows.update(((partition.number, number), row) for number, row in taken.items())
            routes[partition.number] = {
                number: Route(*name) for number, name in file.routes().items()
            }
    return [
        _card(member, row, routes[member.partition.number], once)
        if (row := rows.get((member.partition.number, member.row))) and row[1] == member.spans
        else None
        for member in members
    ]


def _card(
    member: Member, row: tuple[Any, ...], routes: dict[int, Route], once: dict[Any, Any]
) -> Card:
    """Return a card; what many of them have in common is one object, of those in `once`."""
    _, _, route, start, duration, failed, *rest = row
    return Card(
        member.trace_id,
        routes[route],
        start,
        duration,
        bool(failed),
        *[once.setdefault(value, value) for value in rest],
    )


def _keep(partition: TracePart, digests: list[tuple[Member, Digest]]) -> None:
    """Store digests. Sums beyond 2^64 have no encoding; they are made again each time."""
    file = digest_file_of(partition)
    rows: dict[str, list[tuple[Any, ...]]] = {"card": [], **{name: [] for name in KEYINGS}}
    for member, (card, sums) in digests:
        route = file.number_of(*card.route)
        head = (member.row, member.spans, route)
        rows["card"].append((*head, *card[2:4], int(card.failed), *card[5:]))
        for keying, single in sums.items():
            with suppress(OverflowError):
                rows[keying].append((member.row, member.spans, _encode(single)))
    file.put(rows)


def _by_partition(members: Sequence[Member]) -> list[tuple[TracePart, list[Member]]]:
    groups: dict[int, tuple[TracePart, list[Member]]] = {}
    for member in members:
        groups.setdefault(member.partition.number, (member.partition, []))[1].append(member)
    return list(groups.values())
