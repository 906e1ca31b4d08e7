"""The digests of stored traces: made once, kept in a file beside their partition."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from collector.aggregates.digest import Card, Digest, Sum, digest
from collector.aggregates.digest_file import digest_file_of
from collector.aggregates.trace_analyses import analyses
from collector.aggregates.trace_set import Member
from collector.analysis.fold import Fold
from collector.analysis.route import Route
from collector.analysis.trace import Trace
from collector.store.large_reads import BusyReadingError
from collector.store.packed_spans import pack, unpack
from collector.store.trace_store import TracePart

CHUNK_TRACES = 8
"""Digests made and stored at once: some milliseconds."""
BATCH_SUMS = 16
"""Sums added up together: enough to be quick, few enough to stay in the processor's cache."""
MAX_PACKED_BYTES = 16 * 1024 * 1024
"""Size of sums that are given to another process: those of some thousand usual traces."""
_READ_TRACES = 64
"""Sums read at once: those of a large trace may have megabytes."""

_encode = msgspec.msgpack.Encoder().encode
_split_sums = msgspec.msgpack.Decoder(dict[str, msgspec.Raw]).decode
_decode_sum = msgspec.msgpack.Decoder(Sum).decode


class KeptDigest(NamedTuple):
    """A digest as it is kept, and as it comes from another process: nobody has to decode it there
    and then."""

    card: Card
    sums: bytes
    """What the trace adds to sums, by keying: a map in msgpack, packed. Those beyond 2^64 have no
    encoding, are left out, and made again each time."""


def kept_digest(trace: Trace) -> KeptDigest:
    """Return the digest of a trace as it is kept."""
    return _as_kept(digest(trace))


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


def card_of(member: Member) -> Card | None:
    """Return the card of a trace, which is made if it is missing; None if the trace was dropped
    meanwhile. Raises `BusyReadingError` if it is large and others are being analysed."""
    [card] = _stored_cards([member])
    if card is None:
        [made] = make_digests([member])
        card = made.card if made else None
    return card


def sum_of_each(members: Sequence[Member], keying: str) -> Iterator[tuple[Member, Sum]]:
    """Yield each of the traces with its own sum, except those dropped meanwhile."""
    for member, packed in _packed_sum_of_each(members):
        if single := _unpacked(packed, keying) or _made_again(member, keying):
            yield member, single


def packed_sums(members: Sequence[Member]) -> list[bytes]:
    """Return the sums of some traces as they are kept, which another process may add up with
    `fold_of`: of as many as have `MAX_PACKED_BYTES`."""
    packed: list[bytes] = []
    size = 0
    for _, each in _packed_sum_of_each(members):
        size += len(each)
        if size > MAX_PACKED_BYTES:
            break
        packed.append(each)
    return packed


def fold_of(packed: Iterable[bytes], keying: str) -> Fold:
    """Return traces folded, given their sums as they are kept. Those that are damaged or beyond
    2^64 are left out."""
    fold = Fold()
    sums = filter(None, (_unpacked(each, keying) for each in packed))
    while batch := list(islice(sums, BATCH_SUMS)):
        fold.add_all([each.fold for each in batch])
    return fold


def make_digests(members: Sequence[Member]) -> list[KeptDigest | None]:
    """Make the digests of some traces and store them; None for a trace dropped meanwhile.

    Raises `BusyReadingError` if one of them is large and others are being analysed.
    """
    digests: list[KeptDigest | None] = []
    for member in members:
        made = None
        with suppress(sqlite3.Error):
            made = analyses.of(member, kept_digest)
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


def _packed_sum_of_each(members: Sequence[Member]) -> Iterator[tuple[Member, bytes]]:
    """Yield each of the traces with its sums as they are kept, except those dropped meanwhile."""
    for partition, here in _by_partition(members):
        for begin in range(0, len(here), _READ_TRACES):
            part = here[begin : begin + _READ_TRACES]
            rows: dict[int, tuple[Any, ...]] = {}
            with suppress(sqlite3.Error):
                rows = digest_file_of(partition).take("sums", [member.row for member in part])
            for member in part:
                row = rows.get(member.row)
                if row and row[1] == member.spans:
                    yield member, row[2]
                    continue
                [made] = make_digests([member])
                if made:
                    yield member, made.sums


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


def _keep(partition: TracePart, digests: list[tuple[Member, KeptDigest]]) -> None:
    """Store digests."""
    file = digest_file_of(partition)
    rows: dict[str, list[tuple[Any, ...]]] = {"card": [], "sums": []}
    for member, (card, sums) in digests:
        route = file.number_of(*card.route)
        head = (member.row, member.spans, route)
        rows["card"].append((*head, *card[2:4], int(card.failed), *card[5:]))
        rows["sums"].append((member.row, member.spans, sums))
    file.put(rows)


def _as_kept(made: Digest) -> KeptDigest:
    encoded: dict[str, msgspec.Raw] = {}
    for keying, single in made.sums.items():
        with suppress(OverflowError):
            encoded[keying] = msgspec.Raw(_encode(single))
    return KeptDigest(made.card, pack(_encode(encoded)))


def _unpacked(packed: bytes, keying: str) -> Sum | None:
    """Return one of the sums that are kept together: they have most of their texts in common. None
    if it is not there, or if it is damaged."""
    try:
        encoded = _split_sums(unpack(packed)).get(keying)
        return _decode_sum(encoded) if encoded else None
    except msgspec.DecodeError:
        return None


def _made_again(member: Member, keying: str) -> Sum | None:
    """Return the sum of a trace whose kept one is damaged or beyond 2^64; None if the trace was
    dropped meanwhile."""
    made = analyses.of(member, digest)
    if made is None:
        return None
    with suppress(sqlite3.Error):
        _keep(member.partition, [(member, _as_kept(made))])
    return made.sums[keying]


def _by_partition(members: Sequence[Member]) -> list[tuple[TracePart, list[Member]]]:
    groups: dict[int, tuple[TracePart, list[Member]]] = {}
    for member in members:
        groups.setdefault(member.partition.number, (member.partition, []))[1].append(member)
    return list(groups.values())
