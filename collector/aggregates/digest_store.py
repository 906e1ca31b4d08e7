"""The digests of stored traces: made once, kept in a file beside their partition."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from collector.aggregates.digest import Card, Digest, Sum, digest
from collector.aggregates.digest_file import digest_file_of
from collector.aggregates.trace_set import Member
from collector.analysis.route import Route
from collector.store.large_reads import BusyReadingError, large_analyses
from collector.store.packed_spans import pack, unpack
from collector.store.trace_store import TracePart

CHUNK_TRACES = 8
"""Digests made and stored at once: some milliseconds."""

_encode = msgspec.msgpack.Encoder().encode
_split_sums = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode
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


def sum_of_each(members: Sequence[Member], keying: str) -> Iterator[tuple[Member, Sum]]:
    """Yield each of the traces with its own sum, except those dropped meanwhile."""
    for partition, here in _by_partition(members):
        rows: dict[int, tuple[Any, ...]] = {}
        with suppress(sqlite3.Error):
            rows = digest_file_of(partition).take("sums", [member.row for member in here])
        for member in here:
            row = rows.get(member.row)
            kept = _unpacked(row[2], keying) if row and row[1] == member.spans else None
            if kept:
                yield member, kept
                continue
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
        with suppress(sqlite3.Error), large_analyses.turn(member.spans):
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
    """Store digests."""
    file = digest_file_of(partition)
    rows: dict[str, list[tuple[Any, ...]]] = {"card": [], "sums": []}
    for member, (card, sums) in digests:
        route = file.number_of(*card.route)
        head = (member.row, member.spans, route)
        rows["card"].append((*head, *card[2:4], int(card.failed), *card[5:]))
        rows["sums"].append((member.row, member.spans, _packed(sums)))
    file.put(rows)


def _packed(sums: dict[str, Sum]) -> bytes:
    """Return sums as they are kept. Those beyond 2^64 have no encoding, and are made again each
    time."""
    encoded: dict[str, msgspec.Raw] = {}
    for keying, single in sums.items():
        with suppress(OverflowError):
            encoded[keying] = msgspec.Raw(_encode(single))
    return pack(_encode(encoded))


def _unpacked(packed: bytes, keying: str) -> Sum | None:
    """Return one of the sums that are kept together: they have most of their texts in common. None
    if it is not there, or if it is damaged."""
    try:
        encoded = _split_sums(unpack(packed)).get(keying)
        return _decode_sum(encoded) if encoded else None
    except msgspec.DecodeError:
        return None


def _by_partition(members: Sequence[Member]) -> list[tuple[TracePart, list[Member]]]:
    groups: dict[int, tuple[TracePart, list[Member]]] = {}
    for member in members:
        groups.setdefault(member.partition.number, (member.partition, []))[1].append(member)
    return list(groups.values())
