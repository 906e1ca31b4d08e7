"""Points as bytes: what compresses apart from what does not.

A version, and whether the columns are compressed; the number of points; what is as good as random:
their ids, and the low bytes of their durations and starts; then the columns:

    strings   each a length and UTF-8
    kinds     service, name, resource: rows of strings, counted from 1; a resource is 0 if it is the
              name
    cut       for each kind of point that was cut: service, name, how many
    flags     of each point: error, open, forked
    kind      of each point, a row of kinds
    parent    of each point: 0 none, 1 an id that follows, else the row of a point here, plus 2
    duration  of each point, microseconds / 256
    start     of each point, microseconds (zigzag) / 256 since the end of the sibling before it, or
              the start of its parent, whatever of them comes before it here; else since 1970

All numbers are varints. The points are in the order of their starts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from struct import pack, unpack

from .point import OTHERS, Cut, Point
from .varints import Reader, unzigzag, write_number, zigzag

VERSION = 1
MAX_POINTS = 2_000
"""Points that are read from one header: with 8 bytes each for an id, 16 kB have no more."""
MAX_STRINGS = 3 * MAX_POINTS
MAX_STRING_BYTES = 40_000
MAX_COLUMN_BYTES = 256 * 1024
"""Bytes of the columns once they are decompressed: a bomb ends here."""
MAX_KINDS = 8
"""Kinds of cut points that are told apart; the others are counted together."""

_PLAIN, _COMPRESSED = 0, 1
_ERROR, _OPEN, _FORKED = 1, 2, 4
_NO_PARENT, _ELSEWHERE, _FIRST_ROW = 0, 1, 2
_US = 1_000
_MAX_US = 1 << 53
_WORDS = (
    b"unnamed-service db redis cache http web taster rows DELETE FROM INSERT INTO VALUES (?, ?, ?)"
    b" UPDATE SET  ORDER BY  LIMIT ?\nFROM  \nWHERE .id = ?.name = ?SELECT .id, .name, POST /GET /"
    b"db.pool.waitrequests.requestredis.commandflask.requestsqlalchemy.query"
)
"""What a compressor may refer to: texts that most headers have, the most frequent ones last."""


class _Strings:
    """The table of names while it is written."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def row(self, text: str) -> int:
        """Return the text's row, counted from 1, which it gets if it has none yet."""
        return self._rows.setdefault(text, len(self._rows) + 1)

    def write(self, out: bytearray) -> None:
        write_number(out, len(self._rows))
        for text in self._rows:
            data = text.encode(errors="replace")
            write_number(out, len(data))
            out += data


def encode(points: Sequence[Point], cut: Cut) -> bytes:
    """Return points and what was cut as bytes. Times are rounded to microseconds."""
    points = sorted(points, key=lambda point: (point.start, point.span_id))
    strings, body = _Strings(), bytearray()
    kinds = _write_kinds(body, points, strings)
    _write_cut(body, strings, cut)
    for point in points:
        body.append(_ERROR * point.error | _OPEN * point.open | _FORKED * point.forked)
    for point in points:
        write_number(body, kinds[point.service, point.name, point.resource])
    parents = _write_parents(body, points)
    durations = [max(0, _microseconds(point.duration)) for point in points]
    starts = [_microseconds(point.start) for point in points]
    gaps = [
        zigzag(start - reference)
        for start, reference in zip(starts, _references(parents, starts, durations), strict=True)
    ]
    for number in (*durations, *gaps):
        write_number(body, number >> 8)

    head = bytearray()
    write_number(head, len(points))
    head += pack(f">{len(points)}Q", *(point.span_id for point in points))
    head += bytes(number & 0xFF for number in (*durations, *gaps))
    columns = bytearray()
    strings.write(columns)
    columns += body
    packed = _compressed(columns)
    if len(packed) < len(columns):
        return bytes((VERSION, _COMPRESSED)) + head + packed
    return bytes((VERSION, _PLAIN)) + head + columns


def decode(data: bytes) -> tuple[list[Point], Cut]:
    """Return points, by start, and what was cut. Raises `ValueError` if the bytes are none."""
    reader = Reader(data)
    version, form = reader.take(2)
    if version != VERSION or form not in (_PLAIN, _COMPRESSED):
        raise ValueError("another version")
    number = reader.number(MAX_POINTS + 1)
    ids = list(unpack(f">{number}Q", reader.take(8 * number)))
    if len(set(ids)) < number or 0 in ids:
        raise ValueError("ids that are none")
    low_durations, low_gaps = reader.take(number), reader.take(number)
    packed = reader.rest()
    columns = Reader(_decompressed(packed) if form == _COMPRESSED else packed)
    strings = _read_strings(columns)
    kinds = _read_kinds(columns, strings)
    cut = _read_cut(columns, strings)
    flags = [columns.number(8) for _ in range(number)]
    kind_of = [kinds[columns.number(len(kinds))] for _ in range(number)]
    parents = [_read_parent(columns, number) for _ in range(number)]
    durations = [columns.number(_MAX_US >> 8) << 8 | low for low in low_durations]
    gaps = [unzigzag(columns.number(_MAX_US >> 7) << 8 | low) for low in low_gaps]
    columns.must_be_at_end()
    starts: list[int] = []
    for gap, reference in zip(gaps, _references(parents, starts, durations), strict=True):
        starts.append(_moment(gap + reference))
    points = [
        Point(
            span_id,
            parent if row is None else ids[row],
            service,
            name,
            resource,
            start * _US,
            duration * _US,
            bool(flag & _ERROR),
            bool(flag & _OPEN),
            bool(flag & _FORKED),
        )
        for span_id, (row, parent), (service, name, resource), start, duration, flag in zip(
            ids, parents, kind_of, starts, durations, flags, strict=True
        )
    ]
    return points, cut


_Parent = tuple[int | None, int]
"""The row of a parent that is here, None for one that is not; and that one's id, or 0."""


def _references(
    parents: Sequence[_Parent], starts: Sequence[int], durations: Sequence[int]
) -> Iterator[int]:
    """Yield for each row what its start is told from, in microseconds. For a row, only the starts
    of those before it are needed."""
    end_of_sibling: dict[_Parent, int] = {}
    for row, parent in enumerate(parents):
        above = parent[0]
        if parent in end_of_sibling:
            yield end_of_sibling[parent]
        else:
            yield starts[above] if above is not None and above < row else 0
        end_of_sibling[parent] = starts[row] + durations[row]


def _moment(start: int) -> int:
    if not 0 <= start < _MAX_US:
        raise ValueError("a time that cannot be")
    return start


def _microseconds(nanoseconds: int) -> int:
    return (nanoseconds + _US // 2) // _US


def _write_kinds(
    out: bytearray, points: Sequence[Point], strings: _Strings
) -> dict[tuple[str, str, str], int]:
    """Write the kinds of points there are; return their rows."""
    kinds = dict.fromkeys((point.service, point.name, point.resource) for point in points)
    write_number(out, len(kinds))
    for service, name, resource in kinds:
        write_number(out, strings.row(service))
        write_number(out, strings.row(name))
        write_number(out, 0 if resource == name else strings.row(resource))
    return {kind: row for row, kind in enumerate(kinds)}


def _read_kinds(columns: Reader, strings: list[str]) -> list[tuple[str, str, str]]:
    kinds = []
    for _ in range(columns.number(MAX_POINTS + 1)):
        service, name, resource = (columns.number(len(strings)) for _ in range(3))
        kinds.append((strings[service], strings[name], strings[resource or name]))
    return kinds


def _write_parents(out: bytearray, points: Sequence[Point]) -> list[_Parent]:
    """Write where each point's parent is; return the same."""
    row_of = {point.span_id: row for row, point in enumerate(points)}
    parents: list[_Parent] = []
    for point in points:
        row = row_of.get(point.parent_id)
        parents.append((row, point.parent_id if row is None else 0))
        if row is not None:
            write_number(out, row + _FIRST_ROW)
        elif point.parent_id:
            write_number(out, _ELSEWHERE)
            out += point.parent_id.to_bytes(8, "big")
        else:
            write_number(out, _NO_PARENT)
    return parents


def _read_parent(columns: Reader, number: int) -> _Parent:
    where = columns.number(number + _FIRST_ROW)
    if where == _NO_PARENT:
        return None, 0
    if where == _ELSEWHERE:
        return None, int.from_bytes(columns.take(8), "big")
    return where - _FIRST_ROW, 0


def _write_cut(out: bytearray, strings: _Strings, cut: Cut) -> None:
    """Write the most frequent kinds, and all others as one without names."""
    kinds = cut.most_common(MAX_KINDS)
    others = cut.total() - sum(number for _, number in kinds)
    if others:
        kinds.append((OTHERS, others))
    write_number(out, len(kinds))
    for (service, name), number in kinds:
        write_number(out, strings.row(service))
        write_number(out, strings.row(name))
        write_number(out, number)


def _read_cut(columns: Reader, strings: list[str]) -> Cut:
    cut = Cut()
    for _ in range(columns.number(MAX_KINDS + 2)):
        service = strings[columns.number(len(strings))]
        name = strings[columns.number(len(strings))]
        cut[service, name] += columns.number(_MAX_US)
    return cut


def _read_strings(columns: Reader) -> list[str]:
    """Return the table; its row 0 stands for no text of its own."""
    number = columns.number(MAX_STRINGS)
    return ["", *(columns.take(columns.number(MAX_STRING_BYTES)).decode() for _ in range(number))]


def _compressed(columns: bytes | bytearray) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_WORDS)
    return stream.compress(columns) + stream.flush()


def _decompressed(packed: bytes) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_WORDS)
    try:
        columns = stream.decompress(packed, MAX_COLUMN_BYTES)
    except zlib.error:
        raise ValueError("not compressed") from None
    if not stream.eof or stream.unused_data:
        raise ValueError("too large, or cut off")
    return columns
