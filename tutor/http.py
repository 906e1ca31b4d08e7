"""One HTTP request, as a user would make it: straight to a local address, past any proxy.

Written on the standard library: importing `requests` instead would add about 50 ms to the start of
most commands.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tutor.errors import NotReadyError, UsageError

UNSAMPLED = {"traceparent": f"00-{'f' * 32}-{'f' * 16}-00"}
"""The header of a request that should leave no trace: its caller has decided not to sample it."""

PIECE_BYTES = 64 * 1024
"""How much of a long answer is read at a time."""

PUNCTUATION = "%/?:@!$&'()*+,;=~[]"
"""Characters that a path or query may contain unescaped (RFC 3986), and the percent sign."""


@dataclass(frozen=True)
class Answer:
    """What a server answered.

    The names of the headers are in lower case; `seconds` is the time from the first byte sent to
    the last byte received.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body's JSON as Python values. Raises `ValueError` if it is not JSON."""
        return json.loads(self.body)


class LateError(NotReadyError):
    """A server has taken a request, and has not answered it in time."""


class PunctualSocket(socket.socket):
    """A connected socket that reads until a deadline, a moment of `time.monotonic`.

    A timeout is for one read: a server that sends a byte now and then never exceeds it.
    """

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        """Take over the connection of `connected`."""
        super().__init__(fileno=connected.detach())
        self.deadline = deadline
        self.settimeout(max(0.001, deadline - time.monotonic()))  # to send may take a while, too

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read. Raises `TimeoutError` if the deadline has passed."""
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self.settimeout(left_s)
        return super().recv_into(*args, **kwargs)


def get(url: str, timeout: float = 10, headers: Mapping[str, str] | None = None) -> Answer:
    """Make one GET request, with `headers` added to the usual ones; any status is an answer.

    Raises `NotReadyError` if there is no whole answer within `timeout` seconds (a `LateError` if
    that is because time is up), `UsageError` if `url` is not a valid address.
    """
    return ask("GET", url, None, timeout, headers or {})


def put(url: str, value: Any, timeout: float = 10) -> Answer:
    """Make one PUT request with `value` as JSON. Raises the same errors as `get`."""
    return ask("PUT", url, json.dumps(value), timeout, {"Content-Type": "application/json"})


def post(url: str, body: bytes, timeout: float = 10) -> Answer:
    """Make one POST request with these bytes. Raises the same errors as `get`."""
    return ask("POST", url, body, timeout, {"Content-Type": "application/octet-stream"})


def ask(
    method: str, url: str, body: str | bytes | None, timeout: float, headers: Mapping[str, str]
) -> Answer:
    """Make one request. Raises the same errors as `get`."""
    started = time.perf_counter()
    with (
        _exchange(method, url, body, timeout, headers) as response,
        _problems_in_words(url, timeout),
    ):
        content = response.read()
    names = _names(response)
    return Answer(response.status, names, content, time.perf_counter() - started)


@contextmanager
def stream(url: str, timeout: float) -> Iterator[tuple[int, dict[str, str], Iterator[bytes]]]:
    """Make one GET request, for an answer of any size: its status, its headers, with names in lower
    case, and its body, piece by piece. The answer may take `timeout` seconds.

    Raises the same errors as `get`, also while the body is read. What goes wrong with the pieces
    in the caller's hands, a full disk for example, is raised as it is.
    """
    with _exchange("GET", url, None, timeout, {}) as response:

        def piece() -> bytes:
            with _problems_in_words(url, timeout):
                return response.read(PIECE_BYTES)

        yield response.status, _names(response), iter(piece, b"")


@contextmanager
def _exchange(
    method: str, url: str, body: str | bytes | None, timeout: float, headers: Mapping[str, str]
) -> Iterator[http.client.HTTPResponse]:
    """Make one request, whose response is read within the `with` block. Raises the same errors as
    `get` until the body begins."""
    host, port, path = _parts(url)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        with _problems_in_words(url, timeout):
            connection.connect()
            connection.sock = PunctualSocket(connection.sock, time.monotonic() + timeout)
            own = {"Accept": "*/*", "User-Agent": "workshop"}
            connection.request(method, path, body, {**own, **headers})
            response = connection.getresponse()
        with response:  # it may outlive its connection
            yield response
    finally:
        connection.close()


@contextmanager
def _problems_in_words(url: str, timeout: float) -> Iterator[None]:
    """Turn what goes wrong on the way to `url` and back into the errors of `get`."""
    try:
        yield
    except TimeoutError:
        raise LateError(f"no answer from {url} within {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as problem:
        raise NotReadyError(f"no answer from {url}: {problem or type(problem).__name__}") from None


def _names(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _parts(url: str) -> tuple[str, int | None, str]:
    """Return host, port and path (with its query) of an address, in which spaces and letters of any
    language need not be escaped.

    Raises `UsageError` if it is not a valid address.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            return parts.hostname, parts.port, quote(path, safe=PUNCTUATION)
    except ValueError:
        pass
    raise UsageError(f"{url!r} is not a valid address; write it like http://127.0.0.1:5000/ping")
