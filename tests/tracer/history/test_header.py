"""The header: what is written is what is read, within its bytes, and strangers break nothing."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64encode
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracer.history.points import points
from tracer.history import Point, header, read, write
from tracer.history.header import MAX_READ_BYTES
from tracer.history.point import Cut
from tracer.history.wire import MAX_POINTS, encode

NO_CUT: Cut = Counter()
CUTS = st.dictionaries(
    st.tuples(st.sampled_from(["web", "db"]), st.text("ab", max_size=3)), st.integers(1, 99)
).map(Cut)


def by_start(some: list[Point]) -> list[Point]:
    return sorted(some, key=lambda point: (point.start, point.span_id))


@given(points(), CUTS)
def test_what_is_written_is_read(some, cut):
    value = write(some, cut, 10**6)
    got = read(value)
    assert got is not None
    assert got.points == by_start(some)
    assert got.cut.total() == cut.total()
    assert all(number == cut[kind] for kind, number in got.cut.items() if any(kind))


@given(points(), CUTS, st.integers(100, 600))
def test_it_keeps_within_its_bytes_and_counts_what_it_cuts(some, cut, max_bytes):
    value = write(some, cut, max_bytes)
    assert len(value) <= max_bytes
    got = read(value)
    assert got is not None
    assert len(got.points) + got.cut.total() == len(some) + cut.total()
    assert {point.span_id for point in got.points} <= {point.span_id for point in some}


@given(points(max_size=20), st.integers(100, 600))
def test_what_is_kept_hangs_together(some, max_bytes):
    got = read(write(some, NO_CUT, max_bytes))
    assert got is not None
    kept = {point.span_id for point in got.points}
    known = {point.span_id for point in some}
    assert all(p.parent_id in kept for p in got.points if p.parent_id in known)


def point(span_id: int, parent_id: int, start: int, duration: int, **more: bool) -> Point:
    flags = {"error": False, "open": False, "forked": False} | more
    return Point(span_id, parent_id, "web", "work", "work", start, duration, **flags)


def test_the_smallest_and_oldest_go_first_and_failed_ones_last():
    root = point(2**63, 0, 0, 900_000_000, open=True)
    failed = point(2**62, 2**63, 1_000, 1_000, error=True)
    work = [point(2**61 + n, 2**63, n * 1_000_000, 5_000_000) for n in range(40)]
    long = point(2**60, 2**63, 0, 800_000_000)
    got = read(write([root, failed, *work, long], NO_CUT, 300))
    assert got is not None
    kept = {each.span_id for each in got.points}
    assert kept >= {root.span_id, failed.span_id, long.span_id}
    youngest = [each.span_id for each in work[-(len(kept) - 3) :]]
    assert kept - {root.span_id, failed.span_id, long.span_id} == set(youngest)
    assert got.cut == {("web", "work"): 43 - len(kept)}


def test_long_texts_are_shortened_before_a_point_is_cut():
    statement = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=3_000))
    some = [point(n + 1, 0, n * 1000, 1000)._replace(resource=statement) for n in range(3)]
    got = read(write(some, NO_CUT, 500))
    assert got is not None
    assert not got.cut
    assert {each.resource for each in got.points} == {statement[:59] + "…"}


def packed(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def bomb() -> str:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packed(b"\x01\x01\x00" + stream.compress(bytes(9_000_000)) + stream.flush())


VALID = write([point(7, 0, 5_000, 3_000)], NO_CUT)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "beer",
        "%%%",
        "ü" * 10,
        "A" * (MAX_READ_BYTES + 1),
        bomb(),
        packed(b"\x02" + encode([], NO_CUT)[1:]),
        packed(b"\x01\x07"),
        packed(b"\x01\x00" + b"\xff" * 9 + b"\x01"),
        packed(b"\x01\x00" + b"\xff" * 40),
        packed(b"\x01\x00\x01" + bytes(8)),
        packed(encode([point(7, 0, 5_000, 3_000)], NO_CUT) + b"\0"),
        VALID[:-4],
    ],
)
def test_what_strangers_send_is_ignored_and_counted(value):
    before = header.ignored.total()
    assert read(value) is None
    assert header.ignored.total() == before + 1


@given(st.binary(max_size=200))
def test_no_bytes_raise(data):
    read(packed(b"\x01\x00" + data))
    read(packed(b"\x01\x01" + data))


@given(st.data())
def test_no_damage_raises(data):
    value = write(data.draw(points(max_size=5)), NO_CUT)
    at = data.draw(st.integers(0, len(value) - 1))
    got = read(value[:at] + data.draw(st.sampled_from("Az09_-")) + value[at + 1 :])
    assert got is None or len(got.points) <= MAX_POINTS
