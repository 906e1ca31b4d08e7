"""Asking the collector over HTTP, and saying plainly when it cannot be asked."""

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

PATIENCE = 10.0
"""Seconds to wait for the collector, all in all, before giving up on one request."""

STUDY = 60.0
"""The same where thousands of traces are added up, perhaps for the first time."""

STUDIES = frozenset(
    f"/api/{name}" for name in ("routes", "series", "graph", "map", "compare", "what-if", "away")
)


class CollectorError(Exception):
    """An answer that is not the one asked for. `status` is what the browser is told."""

    status = 502


class AwayError(CollectorError):
    """Nothing answers at the collector's address."""

    status = 503


class RefusedError(CollectorError):
    """The collector understood and said no; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class PatientSocket(socket.socket):
    """A socket that waits for so many seconds all in all, however little each wait brings."""

    patience = PATIENCE

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read. Raises TimeoutError where patience is at its end."""
        if self.patience <= 0:
            raise TimeoutError("timed out")
        self.settimeout(self.patience)
        began = monotonic()
        try:
            return super().recv_into(*args, **kwargs)
        finally:
            self.patience -= monotonic() - began


class PatientTlsSocket(PatientSocket, ssl.SSLSocket):
    """The same with TLS."""


class Answer:
    """What the collector answers to one request, its body unread and as it was sent."""

    def __init__(self, response: HTTPResponse, connection: PatientSocket) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._connection = connection

    def body(self, most: int = 65_536, silence: float | None = None) -> Iterator[bytes]:
        """The body in pieces, each as soon as it is here; it ends where the answer breaks off.

        A stream without an end may take as long as it likes, but `silence` seconds for a piece.
        """
        with suppress(OSError, HTTPException, ValueError):
            while piece := self._response.read1(most):
                if silence is not None:
                    self._connection.patience = silence
                yield piece

    def cut(self) -> None:
        """End it from another thread: whoever waits for more of the body finds its end."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back."""
        self._response.close()
        self._connection.close()


class Collector:
    """The collector behind one address, `http://host:port`."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"{url!r} is no address; say for example http://127.0.0.1:8126")
        self.url = url.rstrip("/")
        self._has_tls = address.scheme == "https"
        self._host = address.hostname
        self._port = address.port
        self._prefix = address.path.rstrip("/")

    def get(self, path: str, **parameters: object) -> Any:
        """The JSON that the collector answers to `path`; parameters that are None are left out,
        lists are repeated.

        Raises AwayError where nothing answers, RefusedError for a 4xx.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        target = f"{path}?{urlencode(given, doseq=True)}" if given else path
        answer = self.open(target, timeout=STUDY if path in STUDIES else PATIENCE)
        try:
            content = json.loads(b"".join(answer.body()))
        except ValueError as error:
            raise AwayError("its answer broke off or is no JSON") from error
        finally:
            answer.close()
        if answer.status >= 400:
            raise RefusedError(answer.status, _complaint(content))
        return content

    def open(
        self,
        target: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = PATIENCE,
        method: str = "GET",
    ) -> Answer:
        """The raw answer to `GET target` (a path with its query), or to `HEAD target`.

        Raises AwayError where nothing answers within `timeout` seconds. Of these, what is left is
        for the body.
        """
        connection = self._connection(timeout)
        try:
            connected = _connect(connection, timeout)
            connection.request(method, self._prefix + target, headers=dict(headers or {}))
            return Answer(connection.getresponse(), connected)
        except (OSError, HTTPException) as error:
            connection.close()
            raise AwayError(getattr(error, "strerror", None) or str(error)) from error

    def _connection(self, timeout: float) -> HTTPConnection:
        if not self._has_tls:
            return HTTPConnection(self._host, self._port, timeout=timeout)
        context = ssl.create_default_context()
        context.sslsocket_class = PatientTlsSocket
        return HTTPSConnection(self._host, self._port, timeout=timeout, context=context)


def _connect(connection: HTTPConnection, patience: float) -> PatientSocket:
    connection.connect()
    if not isinstance(connection.sock, PatientSocket):
        connection.sock = PatientSocket(fileno=connection.sock.detach())
    connection.sock.patience = patience
    return connection.sock


def _complaint(answer: object) -> str:
    if isinstance(answer, dict) and isinstance(answer.get("error"), str):
        return str(answer["error"])
    return "the collector refused without a reason"
