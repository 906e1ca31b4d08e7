"""The body of a request, decompressed within limits."""

from __future__ import annotations

import zlib

from collector import limits

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
    pieces = []
    size = 0
    while True:
        inflater = zlib.decompressobj(window)
        data = body
        while not inflater.eof:
            try:
                piece = inflater.decompress(data, _STEP_BYTES)
            except zlib.error as error:
                raise BodyError(
                    400, "malformed", f"the body is not valid {name}: {error}"
                ) from None
            data = inflater.unconsumed_tail
            if not piece and not data and not inflater.eof:
                raise BodyError(400, "malformed", f"the {name} body ends too early")
            size += len(piece)
            if size > max_bytes:
                message = (
                    f"the body is larger than {max_bytes:,} bytes once decompressed; send less"
                )
                raise BodyError(413, "too_large", message)
            pieces.append(piece)
        # gzip files may hold several members, one after another.
        body = inflater.unused_data
        if window <= zlib.MAX_WBITS or not body.lstrip(b"\0"):
            return b"".join(pieces)
