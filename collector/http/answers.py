"""Responses: JSON, compressed if that helps, and errors in words."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

import msgspec
from flask import Response, request

from collector.printable import printable
from collector.store.trace_store import TraceStore

_MIN_COMPRESSED_BYTES = 2048
"""Size from which a body is worth compressing."""


class RefusedError(Exception):
    """The request cannot be answered; the message says what is wrong and what to do."""

    def __init__(self, status: int, message: str, **details: object) -> None:
        """`details` are for programs, beside the message for people."""
        super().__init__(message)
        self.status = status
        self.details = details


def json(answer: object, status: int = 200) -> Response:
    """Return the answer as JSON."""
    return encoded(msgspec.json.encode(answer), status)


def json_about(store: TraceStore, answer: Mapping[str, object]) -> Response:
    """Return an answer about all that is stored as JSON, with what cannot be read at present."""
    return json({**answer, **missing_from(store)})


def missing_from(store: TraceStore) -> dict[str, list[str]]:
    """Return the part of an answer that says what cannot be read at present; nothing if everything
    can."""
    missing = store.missing()
    return {"missing": missing} if missing else {}


def saying_what_is_missing(response: Response, store: TraceStore) -> Response:
    """Return an answer that is not JSON, with the header `Missing` if something cannot be read at
    present."""
    if missing := store.missing():
        sentences = printable("; ".join(missing))
        response.headers["Missing"] = sentences.encode("ascii", "replace").decode()
    return response


def encoded(body: bytes, status: int = 200) -> Response:
    """Return an answer that is JSON already, compressed if that helps and the client can read
    it."""
    if len(body) >= _MIN_COMPRESSED_BYTES and _reads_gzip():
        return _response(_gzip(body), status, is_gzip=True)
    return _response(body, status)


def versioned(version: str, body: Callable[[], bytes]) -> Response:
    """Return an answer that is JSON already and stays the same as long as its version does. A
    client that has that version gets a 304, and no body is made."""
    client_has_it = version in request.if_none_match
    response = Response(status=304) if client_has_it else encoded(body())
    response.set_etag(version)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _gzip(body: bytes) -> bytes:
    """Return the body compressed with gzip, for speed rather than for size."""
    compressor = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return compressor.compress(body) + compressor.flush()


def _reads_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def _response(body: bytes, status: int, *, is_gzip: bool = False) -> Response:
    response = Response(body, status, mimetype="application/json")
    response.headers["Vary"] = "Accept-Encoding"
    if is_gzip:
        response.headers["Content-Encoding"] = "gzip"
    return response


def error(status: int, message: str, retry_after: int | None = None) -> Response:
    """Return an error in words; `retry_after` is in seconds, None for no advice."""
    response = json({"error": message}, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
