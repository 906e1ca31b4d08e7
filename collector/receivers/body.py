"""The body of a request, decompressed within limits."""

from __future__ import annotations

import zlib

from collector import limits

_STEP = 256 * 1024


class BodyError(Exception):
    """A body that cannot be read at all.

    `status` is what HTTP calls it, `kind` the name it is counted under, the message says what is
    wrong and what to do.
    """

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def decompress(body: bytes, encoding: str, limit: int = limits.DECOMPRESSED) -> bytes:
    """The body without its `Content-Encoding` (gzip, deflate or none).

    Raises `BodyError` for any other encoding, for data that is not what it claims to be, that ends
    early, or that is larger than `limit` bytes: it never inflates more than that.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding == "gzip":
        return _inflate(body, zlib.MAX_WBITS | 16, "gzip", limit)
    if encoding == "deflate":
        # HTTP means zlib's format; some clients send the bare stream, as some browsers expect it.
        zlib_header = len(body) >= 2 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
        return _inflate(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS, "deflate", limit)
    message = f"Content-Encoding {encoding[:40]!r} is not understood; send gzip, deflate or none"
    raise BodyError(415, "unknown_encoding", message)


def _inflate(body: bytes, window: int, name: str, limit: int) -> bytes:
    pieces = []
    size = 0
    while True:
        inflater = zlib.decompressobj(window)
        data = body
        while not inflater.eof:
            try:
                piece = inflater.decompress(data, _STEP)
            except zlib.error as error:
                raise BodyError(
                    400, "malformed", f"the body is not valid {name}: {error}"
                ) from None
            data = inflater.unconsumed_tail
            if not piece and not data and not inflater.eof:
                raise BodyError(400, "malformed", f"the {name} body ends too early")
            size += len(piece)
            if size > limit:
                message = f"the body is larger than {limit:,} bytes once decompressed; send less"
                raise BodyError(413, "too_large", message)
            pieces.append(piece)
        # gzip files may hold several members, one after another.
        body = inflater.unused_data
        if window <= zlib.MAX_WBITS or not body.lstrip(b"\0"):
            return b"".join(pieces)
