"""The spans of a chunk as they lie on the disk: compressed, where that makes them smaller.

The spans of a trace have most of their texts in common, so deflate (RFC 1951) at its quickest
leaves a fifth of them. Its library works while other threads go on, so this is for the receiving
threads. One byte says what follows. The format before this had no such byte: its chunks begin like
every list in msgpack, and are still read. Digests, a map each, are kept in the same way.
"""

from __future__ import annotations

import zlib

import msgspec

_DEFLATED = b"\x01"
"""No list or map in msgpack begins with this."""
_LEVEL = 1
_RAW = -15
"""Deflate without header and checksum: chunks have a digest."""


def pack(blob: bytes) -> bytes:
    """Return spans in msgpack, or digests, as they are to be stored."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    packed = b"".join((_DEFLATED, deflater.compress(blob), deflater.flush()))
    return packed if len(packed) < len(blob) else blob


def unpack(stored: bytes) -> bytes:
    """Return what was stored in msgpack. Raises `msgspec.DecodeError` if they are damaged."""
    if stored[:1] != _DEFLATED:
        return stored
    try:
        return zlib.decompress(memoryview(stored)[1:], _RAW)
    except zlib.error as error:
        raise msgspec.DecodeError(f"a chunk cannot be decompressed: {error}") from None
