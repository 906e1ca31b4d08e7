"""Connections that pass from one process to another when their next request is for that one."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import Any

from collector.http.bounded_server import BoundedServer
from collector.http.server_settings import ApiChannel

CAN_PASS = hasattr(socket, "send_fds")
"""Whether this system can pass an open file to another process (SCM_RIGHTS, see unix(7))."""
_BRINGS_SPANS = re.compile(
    rb"(PUT|POST) /(v0\.[345]/traces|v1/traces|api/v[12]/spans|api/traces|TraceSegments)[ ?]"
)
_HEAD_BYTES = 64
"""How much of a request is enough to tell."""


def brings_spans(head: bytes) -> bool:
    """Return whether a request that begins like this brings spans, and has no other use."""
    return _BRINGS_SPANS.match(head) is not None


def pass_on(link: socket.socket, connection: socket.socket) -> bool:
    """Pass a connection to the process at the other end of a link; return whether that was
    possible."""
    try:
        socket.send_fds(link, [b"+"], [connection.fileno()])
    except OSError:  # nobody takes any, or too many wait to be taken
        return False
    return True


class PassingChannel(ApiChannel):
    """A connection that passes to another process when its next request is for that one."""

    _waits = False

    def passes(self, head: bytes, connection: socket.socket) -> bool:
        """Pass on a connection with a request that begins like this, if it is for another process;
        return whether it did."""
        raise NotImplementedError

    def readable(self) -> bool:
        """Return whether to read: what may be for another process waits for the answer before."""
        return not (self._waits and self._is_answering) and bool(super().readable())

    def handle_read(self) -> None:
        """Read what has arrived, unless it is for another process."""
        head = self._next_head() if self.request is None else b""
        self._waits = bool(head) and self._is_answering
        if self._waits:
            return
        if head and self.passes(head, self.socket):
            self.handle_close()  # our end: the other process has its own
        else:
            super().handle_read()

    @property
    def _is_answering(self) -> bool:
        return bool(not self.is_idle or self.total_outbufs_len)

    def _next_head(self) -> bytes:
        """Return how the next request begins; nothing if it is not there, or cannot be read."""
        try:
            return bytes(self.socket.recv(_HEAD_BYTES, socket.MSG_PEEK))
        except OSError:
            return b""


class PassedConnections(BoundedServer):
    """Serves the connections that another process passes on, by way of a link to it."""

    def __init__(
        self,
        *arguments: Any,
        link: socket.socket,
        port: int,
        on_end: Callable[[], None],
        on_turn: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> None:
        """`port` is the one that the collector listens on; `on_end` is called when the other
        process has gone, `on_turn` about once a second by the server's loop."""
        self._port = port
        self._on_end = on_end
        self._on_turn = on_turn
        info = (link.family, link.type, link.proto, ("", port))
        super().__init__(*arguments, _sock=link, bind_socket=False, sockinfo=info, **options)

    def getsockname(self) -> tuple[str, str]:
        """Return the host and the port, as text, that requests are told they came to."""
        return "", str(self._port)

    def accept_connections(self) -> None:
        """Begin to take connections; a link does not listen."""
        self.accepting = True

    def accept(self) -> Any:
        """Return a connection and its address; None if there is none."""
        try:
            data, files, _, _ = socket.recv_fds(self.socket, 1, 1)
        except BlockingIOError:
            return None
        if not data:
            self._on_end()
        if not files:  # or none may be opened, and so the connection is closed
            return None
        connection = socket.socket(fileno=files[0])
        try:
            return connection, connection.getpeername()
        except OSError:  # the client has gone
            connection.close()
            return None

    def maintenance(self, now: float) -> None:
        """Close and refuse what has taken too long. `now` is in seconds since 1970."""
        super().maintenance(now)
        self._on_turn()

    def handle_close(self) -> None:
        """Take note that the other process has gone."""
        self._on_end()
