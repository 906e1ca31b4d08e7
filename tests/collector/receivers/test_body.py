"""Decompression: whatever the body, the work is in proportion to its size."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.receivers import body
from collector.receivers.body import BodyError, decompress

INFLATER = zlib.decompressobj


class Counting:
    """A decompressor of zlib that counts the bytes which it is given and gives back."""

    bytes = 0

    def __init__(self, window: int) -> None:
        self._inflater = INFLATER(window)

    def decompress(self, data: bytes, most: int) -> bytes:
        Counting.bytes += len(data)
        return self._inflater.decompress(data, most)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inflater, name)
        if isinstance(value, bytes):
            Counting.bytes += len(value)
        return value


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[Counting]:
    """A `zlib` that counts, in place of the module's."""
    monkeypatch.setattr(body.zlib, "decompressobj", Counting)
    Counting.bytes = 0
    return Counting


@pytest.mark.parametrize(
    "sent",
    [
        gzip.compress(b"") * 20_000,
        gzip.compress(b"x" * 100) * body.MAX_MEMBERS + bytes(2_000_000),
        b"".join(gzip.compress(bytes([n % 256]) * 50_000) for n in range(900)),
        gzip.compress(bytes(30_000_000)),
        gzip.compress(
            b"".join(zlib.crc32(bytes([n % 256])).to_bytes(4, "big") for n in range(900_000)), 0
        ),
    ],
    ids=["empty members", "members and padding", "large members", "zeros", "stored"],
)
def test_no_body_is_copied_again_and_again(counting: type[Counting], sent: bytes) -> None:
    try:
        size = len(decompress(sent, "gzip"))
    except BodyError as error:
        if error.status != 413:
            raise
        size = 0
    assert counting.bytes < 3 * len(sent) + size + 40_000 * body.MAX_MEMBERS


def test_more_members_than_any_client_sends_are_refused() -> None:
    member = gzip.compress(b"ab")
    assert decompress(member * body.MAX_MEMBERS, "gzip") == b"ab" * body.MAX_MEMBERS
    with pytest.raises(BodyError, match="1,000 gzip members; compress it as one"):
        decompress(member * (body.MAX_MEMBERS + 1), "gzip")


@given(
    members=st.lists(
        st.binary(max_size=40) | st.integers(0, 600_000).map(bytes), min_size=1, max_size=6
    ),
    level=st.integers(0, 9),
    padding=st.integers(0, 40_000).map(bytes),
)
def test_members_and_padding_are_read_as_gzip_reads_them(
    members: list[bytes], level: int, padding: bytes
) -> None:
    sent = b"".join(gzip.compress(member, level) for member in members) + padding
    assert decompress(sent, "gzip") == b"".join(members) == gzip.decompress(sent)
    if len(members) == 1:
        squeezed = zlib.compress(members[0], level) + padding
        assert decompress(squeezed, "deflate") == members[0]


@pytest.mark.parametrize("cut", [1, 4, 9])
def test_a_second_member_that_ends_early_is_named(cut: int) -> None:
    with pytest.raises(BodyError, match="ends too early"):
        decompress((gzip.compress(b"one") + gzip.compress(b"two"))[:-cut], "gzip")


def test_what_follows_a_member_must_be_one() -> None:
    with pytest.raises(BodyError, match="not valid gzip"):
        decompress(gzip.compress(b"one") + b"\0\0rest", "gzip")
