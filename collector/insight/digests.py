"""The digests of stored traces: made once, kept on the shelf beside their partition."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from collector.analysis.route import Route
from collector.insight.digest import KEYINGS, Card, Digest, Sum, digest
from collector.insight.sets import Member
from collector.store.partition import Partition

CHUNK = 8
"""Digests made and put on the shelf at once: some milliseconds."""

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


def sums(members: Sequence[Member], keying: str) -> Iterator[Sum]:
    """The sum of each of the traces, in any order, but for those that were dropped meanwhile."""
    for partition, some in _by_partition(members):
        rows: dict[int, tuple[Any, ...]] = {}
        with suppress(sqlite3.Error):
            rows = partition.shelf.take(keying, [member.row for member in some])
        for member in some:
            row = rows.get(member.row)
            if row and row[1] == member.spans:
                yield _decode_sum(row[2])
            else:
                [made] = make([member])
                if made:
                    yield made.sums[keying]


def make(members: Sequence[Member]) -> list[Digest | None]:
    """Make the digests of some traces and put them on the shelf. None for those that were dropped
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
    known = partition.shelf.take("card", numbers)
    return [number for number in numbers if number not in known]


def _known_cards(members: Sequence[Member]) -> list[Card | None]:
    rows: dict[tuple[int, int], tuple[Any, ...]] = {}
    routes: dict[int, dict[int, Route]] = {}
    for partition, some in _by_partition(members):
        with suppress(sqlite3.Error):
            shelf = partition.shelf
            taken = shelf.take("card", [member.row for member in some])
            rows.update(((partition.number, number), row) for number, row in taken.items())
            routes[partition.number] = {
                number: Route(*name) for number, name in shelf.routes().items()
            }
    return [
        _card(member, row, routes[member.partition.number])
        if (row := rows.get((member.partition.number, member.row))) and row[1] == member.spans
        else None
        for member in members
    ]


def _card(member: Member, row: tuple[Any, ...], routes: dict[int, Route]) -> Card:
    _, _, route, start, duration, failed, weight, version, found, noted = row
    return Card(
        member.trace_id,
        routes[route],
        start,
        duration,
        bool(failed),
        weight,
        version,
        found,
        noted,
    )


def _keep(partition: Partition, digests: list[tuple[Member, Digest]]) -> None:
    """Put digests on the shelf. Sums beyond 2^64 have no encoding; they are made again each
    time."""
    shelf = partition.shelf
    rows: dict[str, list[tuple[Any, ...]]] = {"card": [], **{name: [] for name in KEYINGS}}
    for member, (card, sums_) in digests:
        route = shelf.number_of(*card.route)
        head = (member.row, member.spans, route)
        rows["card"].append((*head, *card[2:4], int(card.failed), *card[5:]))
        for name, each in sums_.items():
            with suppress(OverflowError):
                rows[name].append((member.row, member.spans, _encode(each)))
    shelf.put(rows)


def _by_partition(members: Sequence[Member]) -> list[tuple[Partition, list[Member]]]:
    found: dict[int, tuple[Partition, list[Member]]] = {}
    for member in members:
        found.setdefault(member.partition.number, (member.partition, []))[1].append(member)
    return list(found.values())
