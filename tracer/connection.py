"""Connections to the collector on which a whole exchange has a deadline.

The timeout of a socket is for one operation; a peer that sends a byte now and then never exceeds
it.
"""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection, HTTPException
from math import inf
from time import monotonic
from typing import Any
from urllib.parse import urlsplit


class Deadline:
    """The moment at which an exchange has to be over, which a connection and its socket share."""

    def __init__(self) -> None:
        self.at = inf

    def left_s(self) -> float:
        """Return the seconds that are left. Raises `TimeoutError` if there are none."""
        left_s = self.at - monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


class _Punctual(socket.socket):
    """A socket of which each operation may take as long as is left of the whole exchange."""

    deadline: Deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.left_s())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.left_s())
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.deadline.left_s())
        super().sendall(*args, **kwargs)


class _PunctualTls(_Punctual, ssl.SSLSocket):
    """The same with TLS."""


class DeadlineConnection(HTTPConnection):
    """A connection, kept from one exchange to the next; `restart` begins each of them."""

    def __init__(self, host: str, port: int | None, tls: bool = False) -> None:
        if tls:
            self.default_port = 443
        super().__init__(host, port)
        self._tls = tls
        self._deadline = Deadline()

    def restart(self, seconds: float) -> None:
        """Allow so many seconds from now on for connecting, sending and reading."""
        self._deadline.at = monotonic() + seconds

    def connect(self) -> None:
        """Connect to the first of the host's addresses that answers. `HTTPConnection` calls it."""
        connected = self._open()
        try:
            self.sock = self._with_tls(connected) if self._tls else connected
        except BaseException:
            connected.close()
            raise

    def _with_tls(self, connected: _Punctual) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.sslsocket_class = _PunctualTls
        connected.settimeout(self._deadline.left_s())
        tls_socket = context.wrap_socket(connected, server_hostname=self.host)
        tls_socket.deadline = self._deadline  # type: ignore[attr-defined]
        return tls_socket

    def _open(self) -> _Punctual:
        problem = OSError(f"{self.host} has no address")
        addresses = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in addresses:
            punctual = _Punctual(family, kind, protocol)
            punctual.deadline = self._deadline
            try:
                punctual.settimeout(self._deadline.left_s())
                punctual.connect(address)
                punctual.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except BaseException as error:
                punctual.close()
                if not isinstance(error, OSError):
                    raise
                problem = error
            else:
                return punctual
        raise problem


def connect_to(url: str) -> DeadlineConnection:
    """Return a connection to the collector; it opens when it is first used.

    Raises `ValueError` if the address makes no sense.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return DeadlineConnection(parts.hostname, parts.port, tls=parts.scheme == "https")
    except ValueError:  # it quotes the address
        pass
    raise ValueError("COLLECTOR_URL must look like http://127.0.0.1:8126")


def address_of(url: str) -> str:
    """Return an address without who logs in there, and with what."""
    return f"{url.partition('://')[0]}://{url.rpartition('@')[2]}" if "@" in url else url


def reason_of(error: Exception) -> str:
    """Return why an exchange failed, without quoting what the peer sent."""
    if isinstance(error, TimeoutError):
        return "no complete answer in time"
    name = type(error).__name__
    return name if isinstance(error, HTTPException) else str(error) or name
