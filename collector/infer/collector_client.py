"""What the inference asks a collector, and sends to it, over its HTTP API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode, urlsplit

import msgspec

from collector.files.readers.own import WholeSpan, to_span
from collector.files.writers import own
from collector.model import Chunk
from collector.receivers.payload import SpanError

TIMEOUT_S = 120
MAX_TRACES = 10_000
"""Traces that are compared; an export has no more."""
PIECE_BYTES = 2 * 1024 * 1024
REASON_BYTES = 2_000


class CollectorError(Exception):
    """The collector does not answer, or refuses; the message says what to do."""


class _Trace(msgspec.Struct):
    trace_id: str
    spans: list[WholeSpan]


class _Export(msgspec.Struct):
    traces: list[_Trace]


class _Refusal(msgspec.Struct):
    error: str


class _Report(msgspec.Struct):
    spans: int
    traces: int
    already_stored: int
    number: int | None = msgspec.field(default=None, name="import")


def traced(url: str, begin: int, end: int) -> list[Chunk]:
    """Return the traces that a collector has of requests from `begin` to `end`, ns since 1970,
    those that tests have made among them, and none that are inferred.

    Raises `CollectorError` if they cannot be had.
    """
    window = {"q": "inferred:0 synthetic:any", "from": str(begin), "to": str(end)}
    form = {"format": "json", "limit": str(MAX_TRACES)}
    body = _ask(url, "GET", f"/api/export?{urlencode(window | form)}")
    try:
        export = msgspec.json.decode(body, type=_Export)
        return [
            Chunk(trace.trace_id, [to_span(span) for span in trace.spans])
            for trace in export.traces
        ]
    except (msgspec.MsgspecError, SpanError) as problem:
        raise CollectorError(f"what answers at {url} is no collector: {problem}") from None


def store(url: str, traces: Iterable[Chunk]) -> tuple[int, int]:
    """Store traces; return how many spans and traces they were. Raises `CollectorError` if that
    fails."""
    path, report = "/api/import", _Report(0, 0, 0)
    pieces = _pieces(own.write(traces))
    piece = next(pieces, b"")
    while piece:
        following = next(pieces, b"")
        more = "?more=1" if following else ""
        answer = _ask(url, "POST", path + more, piece)
        try:
            report = msgspec.json.decode(answer, type=_Report)
        except msgspec.MsgspecError as problem:
            raise CollectorError(f"what answers at {url} is no collector: {problem}") from None
        path, piece = f"/api/import/{report.number}", following
    return report.spans, report.traces


def _pieces(written: Iterator[bytes]) -> Iterator[bytes]:
    piece: list[bytes] = []
    size = 0
    for part in written:
        piece.append(part)
        size += len(part)
        if size >= PIECE_BYTES:
            yield b"".join(piece)
            piece, size = [], 0
    if piece:
        yield b"".join(piece)


def _ask(url: str, method: str, path: str, body: bytes | None = None) -> bytes:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme != "http":
        raise CollectorError(f"{url!r} is not a collector's address, like http://127.0.0.1:8126")
    connection = HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, {"Content-Type": "application/octet-stream"})
        response = connection.getresponse()
        return _checked(url, response)
    except (OSError, HTTPException) as problem:
        raise CollectorError(f"no answer from the collector at {url}: {problem}") from None
    finally:
        connection.close()


def _checked(url: str, response: HTTPResponse) -> bytes:
    body = response.read()
    if response.status != 200:
        reason = body[:REASON_BYTES].decode("utf-8", "replace")
        with suppress(msgspec.MsgspecError):
            reason = msgspec.json.decode(body, type=_Refusal).error
        raise CollectorError(f"{url} answered {response.status}: {reason}")
    return body
