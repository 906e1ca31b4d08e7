"""Files that are compressed with gzip, unpacked as they come."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.files.unpacking import Unpacking
from collector.receivers.body import BodyError

MB = 1024 * 1024


def unpacked(file: bytes, piece: int = 1_000, **bounds: int) -> Iterator[bytes]:
    unpacking = Unpacking(**bounds)
    for begin in range(0, len(file), piece):
        yield from unpacking.feed(file[begin : begin + piece])
    yield from unpacking.finish()


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(1, 60))
def test_members_are_read_one_after_another(members: list[bytes], piece: int) -> None:
    file = b"".join(gzip.compress(member) for member in members)
    assert b"".join(unpacked(file, piece)) == b"".join(members)
    assert b"".join(unpacked(file + b"\0" * 7, piece)) == b"".join(members)


@given(st.binary(max_size=50).filter(lambda file: file[:2] != b"\x1f\x8b"), st.integers(1, 60))
def test_what_is_not_compressed_stays_as_it_is(file: bytes, piece: int) -> None:
    assert b"".join(unpacked(file, piece)) == file


@given(st.binary(min_size=1, max_size=50), st.integers(2, 60), st.integers(1, 60))
def test_a_file_that_ends_too_early_is_refused(content: bytes, end: int, piece: int) -> None:
    file = gzip.compress(content)
    with pytest.raises(BodyError, match="not valid gzip: it ends too early"):
        list(unpacked(file[: min(end, len(file) - 1)], piece))


@pytest.mark.parametrize("file", [b"\x1f\x8bno", gzip.compress(b"[]", mtime=0) + b"junk"])
def test_what_is_no_gzip_is_refused(file: bytes) -> None:
    with pytest.raises(BodyError, match="the file is not valid gzip"):
        list(unpacked(file))


def test_a_bomb_is_unpacked_up_to_the_bound_and_never_held() -> None:
    bomb = gzip.compress(bytes(64 * MB))
    assert len(bomb) < MB
    sizes = map(len, unpacked(bomb, piece=MB, max_bytes=8 * MB))
    tracemalloc.start()
    with pytest.raises(BodyError, match="larger than 8 MB once unpacked") as refusal:
        sum(sizes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.status == 413
    assert peak < 4 * MB


def test_a_great_many_empty_members_take_little_memory() -> None:
    file = gzip.compress(b"") * 20_000 + gzip.compress(b"[]")
    assert b"".join(unpacked(file, piece=MB)) == b"[]"
