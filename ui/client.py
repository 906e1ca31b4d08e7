"""The collector's HTTP API, and clear errors when it cannot be reached."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_S = 10.0
"""How long to wait for the collector, in all, before giving up on one request."""

LONG_TIMEOUT_S = 60.0
"""How long to wait where thousands of traces are added up, perhaps for the first time, or where
one may be very large."""

BUSY_STATUSES = (429, 503)
"""What the collector answers where the same request may succeed later."""

AGGREGATE_PATHS = frozenset(
    f"/api/{name}"
    for name in ("routes", "series", "graph", "map", "payers", "compare", "what-if", "away")
)


def timeout_for(path: str) -> float:
    """Return how long to wait for the answer to a path of the API."""
    is_long = path in AGGREGATE_PATHS or path.startswith(("/api/trace/", "/api/import"))
    return LONG_TIMEOUT_S if is_long else TIMEOUT_S


class CollectorError(Exception):
    """The collector did not give the answer asked for. The browser gets `status`."""

    status = 502


class CollectorDownError(CollectorError):
    """Nothing answers at the collector's address."""

    status = 503


class BusyError(CollectorError):
    """The collector cannot answer right now; the message is its own."""

    status = 503


class RefusedError(CollectorError):
    """The collector answered with a 4xx; the message is its own."""

    def __init__(self, status: int, answer: object) -> None:
        super().__init__(_error_message(answer))
        self.status = status
        details = answer if isinstance(answer, dict) else {}
        self.problem = str(details.get("problem", self))
        """What is wrong with a search, without where and what may be meant; else the message."""
        self.position: int | None = details.get("position")
        """Where in the search it is, counted from 0; None if it is nowhere."""
        self.searches: list[str] = details.get("searches", [])
        """Searches that may be meant by one that cannot be read."""
        self.parameter = str(details.get("parameter", "q"))
        """The parameter that such a search is in."""


class DeadlineSocket(socket.socket):
    """A socket with a limit on all its waiting together, however little each wait brings."""

    left_s = TIMEOUT_S

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read into a buffer. Raises `TimeoutError` if the time for waiting is used up."""
        if self.left_s <= 0:
            raise TimeoutError("timed out")
        self.settimeout(self.left_s)
        began = monotonic()
        try:
            return super().recv_into(*args, **kwargs)
        finally:
            self.left_s -= monotonic() - began


class DeadlineTlsSocket(DeadlineSocket, ssl.SSLSocket):
    """A TLS socket with a limit on all its waiting together."""


class Answer:
    """The collector's answer to one request, its body not yet read and not decoded."""

    def __init__(self, response: HTTPResponse, connection: DeadlineSocket) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._connection = connection

    def body(self, max_bytes: int = 65_536, silence_s: float | None = None) -> Iterator[bytes]:
        """Yield the body in pieces, each as soon as it arrives; stop if the answer breaks off.

        A stream without an end may take as long as it likes, but `silence_s` for each piece.
        """
        with suppress(OSError, HTTPException, ValueError):
            while piece := self._response.read1(max_bytes):
                if silence_s is not None:
                    self._connection.left_s = silence_s
                yield piece

    def cut(self) -> None:
        """End the answer from another thread: a reader waiting for more sees the body's end."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._response.close()
        self._connection.close()


class Collector:
    """The collector at `url`, `http://host:port`. Raises `ValueError` if that is not a URL."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"{url!r} is not a valid URL; write it like http://127.0.0.1:8126")
        self.url = url.rstrip("/")
        self._has_tls = address.scheme == "https"
        self._host = address.hostname
        self._port = address.port
        self._prefix = address.path.rstrip("/")

    def get(self, path: str, **parameters: object) -> Any:
        """Return the collector's JSON answer. Parameters that are None are left out,
        lists are repeated.

        Raises `CollectorDownError` if nothing answers, `BusyError` for a 503 or a 429,
        `RefusedError` for any other 4xx.
        """
        query = {name: value for name, value in parameters.items() if value is not None}
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return self._read(self.open(target, timeout=timeout_for(path)))

    def post(self, target: str, body: bytes) -> Any:
        """Send these bytes; return the collector's JSON answer. Raises what `get` does."""
        return self._read(self.open(target, {}, timeout_for(target), "POST", body))

    def put(self, target: str, content: object) -> Any:
        """Send this as JSON; return the collector's JSON answer. Raises what `get` does."""
        body = json.dumps(content).encode()
        return self._read(self.open(target, {}, timeout_for(target), "PUT", body))

    def _read(self, answer: Answer) -> Any:
        try:
            content = json.loads(b"".join(answer.body()))
        except ValueError as error:
            raise CollectorDownError("its answer broke off or is not JSON") from error
        finally:
            answer.close()
        if answer.status in BUSY_STATUSES:
            raise BusyError(_error_message(content))
        if answer.status >= 400:
            raise RefusedError(answer.status, content)
        return content

    def open(
        self,
        target: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_S,
        method: str = "GET",
        body: bytes | None = None,
    ) -> Answer:
        """Return the raw answer to a request for `target`, a path with its query.

        `timeout` is for all of it, in seconds: connecting, the answer and its body.
        Raises `CollectorDownError` if nothing answers in that time.
        """
        connection = self._connection(timeout)
        try:
            connected = _connect(connection, timeout)
            connection.request(method, self._prefix + target, body, dict(headers or {}))
            return Answer(connection.getresponse(), connected)
        except BaseException as error:
            connection.close()
            if not isinstance(error, (OSError, HTTPException)):
                raise
            raise CollectorDownError(getattr(error, "strerror", None) or str(error)) from error

    def _connection(self, timeout: float) -> HTTPConnection:
        if not self._has_tls:
            return HTTPConnection(self._host, self._port, timeout=timeout)
        context = ssl.create_default_context()
        context.sslsocket_class = DeadlineTlsSocket
        return HTTPSConnection(self._host, self._port, timeout=timeout, context=context)


def _connect(connection: HTTPConnection, timeout: float) -> DeadlineSocket:
    connection.connect()
    if not isinstance(connection.sock, DeadlineSocket):
        connection.sock = DeadlineSocket(fileno=connection.sock.detach())
    connection.sock.left_s = timeout
    connection.sock.settimeout(timeout)  # a large body fills the buffers, and has to wait for room
    return connection.sock


def _error_message(answer: object) -> str:
    if isinstance(answer, dict) and isinstance(answer.get("error"), str):
        return str(answer["error"])
    return "the collector gave no reason"
