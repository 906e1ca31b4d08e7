"""Answers: JSON, compressed where that helps, and errors in words."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import msgspec
from flask import Response, request

_WORTH_COMPRESSING = 2048


class RefusedError(Exception):
    """A request that cannot be answered; the message says what is wrong and what to do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def json(answer: object, status: int = 200) -> Response:
    """The answer as JSON."""
    return encoded(msgspec.json.encode(answer), status)


def encoded(body: bytes, status: int = 200) -> Response:
    """An answer that is JSON already, compressed where that helps and the client can read it."""
    if len(body) >= _WORTH_COMPRESSING and _reads_gzip():
        return _response(_squeeze(body), status, squeezed=True)
    return _response(body, status)


def versioned(version: str, body: Callable[[], bytes]) -> Response:
    """An answer that is JSON already and the same as long as its version is; a client that has it
    is told so, and no body is made."""
    known = version in request.if_none_match
    response = Response(status=304) if known else encoded(body())
    response.set_etag(version)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _squeeze(body: bytes) -> bytes:
    """The body compressed with gzip, for speed rather than for size."""
    squeezer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return squeezer.compress(body) + squeezer.flush()


def _reads_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def _response(body: bytes, status: int, *, squeezed: bool = False) -> Response:
    response = Response(body, status, mimetype="application/json")
    response.headers["Vary"] = "Accept-Encoding"
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def error(status: int, message: str, retry_after: int | None = None) -> Response:
    """An error in words; `retry_after` is in seconds."""
    response = json({"error": message}, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
