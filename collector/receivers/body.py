"""The body of a request, decompressed within limits."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from collector import limits

MAX_MEMBERS = 1_000
"""Members of a gzip body: one as a rule, more if the client flushes after every span."""

_READ_BYTES = 16 * 1024
_STEP_BYTES = 256 * 1024


class BodyError(Exception):
    """A body that cannot be read at all; the message says what is wrong and what to do.

    `status` is the HTTP status to answer with, `kind` the name it is counted under.
    """

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def decompress(body: bytes, encoding: str, max_bytes: int = limits.DECOMPRESSED_BYTES) -> bytes:
    """Return the body without its `Content-Encoding` (gzip, deflate or none).

    Raises `BodyError` if the encoding is another one, or if the data is not what it claims to be,
    ends early, or is larger than `max_bytes`: no more than that is ever decompressed.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding == "gzip":
        return _inflate(body, zlib.MAX_WBITS | 16, "gzip", max_bytes)
    if encoding == "deflate":
        # HTTP means zlib's format (RFC 9110, section 8.4.1.2); some clients send the bare stream.
        zlib_header = len(body) >= 2 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
        return _inflate(
            body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS, "deflate", max_bytes
        )
    message = f"Content-Encoding {encoding[:40]!r} is not supported; send gzip, deflate or none"
    raise BodyError(415, "unknown_encoding", message)


def _inflate(body: bytes, window: int, name: str, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    compressed = _Compressed(body)
    room = max_bytes
    for _ in range(MAX_MEMBERS):
        for piece in _member(compressed, window, name):
            room -= len(piece)
            if room < 0:
                message = (
                    f"the body is larger than {max_bytes:,} bytes once decompressed; send less"
                )
                raise BodyError(413, "too_large", message)
            pieces.append(piece)
        # gzip files may hold several members, one after another.
        if window <= zlib.MAX_WBITS or compressed.ends_in_padding():
            return b"".join(pieces)
    message = f"the body has more than {MAX_MEMBERS:,} gzip members; compress it as one"
    raise BodyError(413, "too_large", message)


class _Compressed:
    """A compressed body, handed out a few bytes at a time.

    At every call and after every member, zlib copies those of the bytes it was given that it has
    not used. Given the whole body each time, it would copy it as often as there are members.
    """

    def __init__(self, body: bytes) -> None:
        self._body = memoryview(body)
        self._position = 0

    def take(self) -> bytes:
        """Return the next bytes; none at the end."""
        data = bytes(self._body[self._position : self._position + _READ_BYTES])
        self._position += len(data)
        return data

    def give_back(self, count: int) -> None:
        """Hand out the last `count` bytes again next time."""
        self._position -= count

    def ends_in_padding(self) -> bool:
        """Return whether nothing but zeros is left."""
        rest = self._body[self._position :]
        return not rest or (rest[0] == 0 and not bytes(rest).strip(b"\0"))


def _member(compressed: _Compressed, window: int, name: str) -> Iterator[bytes]:
    """Decompress the member that comes next, piece by piece."""
    inflater = zlib.decompressobj(window)
    while not inflater.eof:
        data = inflater.unconsumed_tail or compressed.take()
        try:
            piece = inflater.decompress(data, _STEP_BYTES)
        except zlib.error as error:
            raise BodyError(400, "malformed", f"the body is not valid {name}: {error}") from None
        if not piece and not data and not inflater.eof:
            raise BodyError(400, "malformed", f"the {name} body ends too early")
        yield piece
    compressed.give_back(len(inflater.unused_data))
