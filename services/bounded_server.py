"""Waitress with bounds on what its connections may hold, so that nobody keeps the others out.

Collector, UI and services may not import one another: each has this file, and
`tests/test_bounded_server.py` holds the three alike.
"""

from __future__ import annotations

import errno
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error
from waitress.wasyncore import close_all

WANTED_FILES = 4096
"""Files that may be open at once, if the system lets us: some have a default of 256."""
MAX_CONNECTIONS = 1000
"""Connections open at once, and never more than half of the files that may be open."""
MAX_HELD_BYTES = 64 * 1024 * 1024
"""Size of all requests that are arriving, waiting or being answered."""
REQUEST_TIMEOUT_S = 30.0
"""Time from the first byte of a request to its last."""
SEND_TIMEOUT_S = 30.0
"""Time in which a client must take some of its response."""
ACCEPT_PAUSE_S = 0.2
"""Time to wait when no file is left for a connection and none can be closed."""
SILENCE_S = 60.0
"""Least time before a message comes again: its cause may occur a thousand times a second."""
CHECK_S = 1.0
"""Time between two looks at timeouts."""

NO_FILE_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def raise_file_limit() -> int:
    """Let this process open up to `WANTED_FILES` files, or as many as the system allows; return how
    many it may open now."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = (WANTED_FILES if n == resource.RLIM_INFINITY else n for n in limits)
    wanted = min(WANTED_FILES, hard)
    if soft < wanted:
        with suppress(OSError, ValueError):  # macOS has a lower limit that it does not tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, limits[1]))
            return wanted
    return soft


def create_server(
    app: Callable[..., Any], channel_class: type[Channel] | None = None, **options: Any
) -> BoundedServer:
    """Return a server for `app` that is listening. `options` are those of `waitress.create_server`.

    Raises `OSError` if the address cannot be listened on.
    """
    settings = Adjustments(asyncore_use_poll=True, **options)  # `select` ends at 1024 files
    dispatcher = ThreadedTaskDispatcher()
    channels: dict[int, Any] = {}
    more = {"map": channels, "dispatcher": dispatcher, "adj": settings}
    try:
        if settings.sockets:
            servers = [
                BoundedServer(
                    app,
                    _sock=sock,
                    bind_socket=False,
                    sockinfo=(sock.family, sock.type, sock.proto, sock.getsockname()),
                    **more,
                )
                for sock in settings.sockets
            ]
        else:  # `localhost` may be two addresses
            servers = [BoundedServer(app, sockinfo=info, **more) for info in settings.listen]
    except BaseException:
        close_all(channels)
        raise
    for server in servers:
        server.channel_class = channel_class or Channel
    dispatcher.set_thread_count(settings.threads)
    return servers[0]  # its loop serves all that share `channels`


class RequestTimeoutError(Error):
    """A request that takes too long to arrive."""

    code = 408
    reason = "Request Timeout"


class FullError(Error):
    """A request for which there is no memory left."""

    code = 503
    reason = "Service Unavailable"


class _Parser(HTTPRequestParser):
    """Reads one request, and knows since when."""

    def __init__(self, settings: Adjustments) -> None:
        super().__init__(settings)
        self.began = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the header. Where there is no body, don't ask for one: waitress would wait for it,
        while the client waits for the answer."""
        super().parse_header(header_plus)
        if not (self.chunked or self.content_length):
            self.expect_continue = False

    @property
    def held_bytes(self) -> int:
        """Size of what has arrived of it."""
        return int(self.header_bytes_received + self.body_bytes_received)

    def give_up(self, error: Error) -> None:
        """Let go of what has arrived, and be answered with the error."""
        self.close()
        self.body_rcv, self.header_plus = None, b""
        self.header_bytes_received = self.body_bytes_received = 0
        self.error, self.completed = error, True


class Channel(HTTPChannel):
    """A connection."""

    parser_class = _Parser
    request: _Parser | None
    server: BoundedServer
    waiting_since = 0.0
    """When the response began that the client has not taken yet, in seconds since 1970."""

    @property
    def held_bytes(self) -> int:
        """Size of its requests: the one that is arriving, and those to be answered."""
        requests = [*self.requests, self.request]
        return sum(request.held_bytes for request in requests if request is not None)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being answered; its next request may have begun to arrive."""
        return not self.requests

    def readable(self) -> bool:
        """Return whether to read. A connection closed since the loop began to ask must not be
        waited for: news of its number would be taken for news of the next one that gets it."""
        return bool(self.connected and super().readable())

    def writable(self) -> bool:
        """Return whether to write, or to close."""
        return bool(self.connected and super().writable())

    def received(self, data: bytes) -> bool:
        """Take in what has arrived."""
        taken: bool = super().received(data)
        if self.request is not None:
            self.server.keep_within_memory()
        return taken

    def write_soon(self, data: Any) -> int:
        """Send a part of a response as soon as the client takes it."""
        if not self.total_outbufs_len:
            self.waiting_since = time.time()
        written: int = super().write_soon(data)
        return written

    def refuse(self, error: Error) -> None:
        """Answer the request that is arriving with an error, and close the connection."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is None:
                return
            request.give_up(error)
            self.requests.append(request)
        self.server.add_task(self)


class BoundedServer(TcpWSGIServer):
    """Accepts every connection: the one that has been idle for longest makes room if need be."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.max_connections = min(MAX_CONNECTIONS, raise_file_limit() // 2)
        self._accept_from = self._check_from = 0.0
        self._has_no_file = False
        self._said_at: dict[str, float] = {}

    def readable(self) -> bool:
        """Return whether to accept connections now. The loop asks at least once a second.

        Others are closed here alone, before the loop waits: later it may have news of them.
        """
        now = time.monotonic()
        if now >= self._check_from:
            self._check_from = now + CHECK_S
            self.maintenance(time.time())
        self._make_room(now)
        room = len(self._map) <= self.max_connections
        return bool(self.accepting and room and now >= self._accept_from)

    def accept(self) -> Any:
        """Return a new connection and its address; None if there is none."""
        try:
            return super().accept()
        except OSError as problem:
            if problem.errno not in NO_FILE_LEFT:
                raise
            self._say(f"no file is left for a connection ({problem.strerror})")
            self._has_no_file = True
            return None

    def maintenance(self, now: float) -> None:
        """Close and refuse what has taken too long. `now` is in seconds since 1970."""
        for channel in self._channels():
            silent_s = now - channel.last_activity
            request = channel.request
            untaken_s = min(silent_s, now - channel.waiting_since)
            if channel.total_outbufs_len and untaken_s > SEND_TIMEOUT_S:
                channel.handle_close()
            elif request is not None and not channel.is_idle:
                request.began = time.monotonic()  # it is not read until the one before is answered
            elif request is not None:
                if time.monotonic() - request.began > REQUEST_TIMEOUT_S:
                    limit = f"it has to arrive within {REQUEST_TIMEOUT_S:.0f} s"
                    channel.refuse(RequestTimeoutError(limit))
            elif channel.is_idle and silent_s > self.adj.channel_timeout:
                channel.handle_close()

    def keep_within_memory(self) -> None:
        """Refuse requests that are arriving, the stalest first, while all hold too much."""
        channels = self._channels()
        while sum(channel.held_bytes for channel in channels) > MAX_HELD_BYTES:
            arriving = [each for each in channels if each.is_idle and each.request is not None]
            if not arriving:
                return
            self._say(f"requests hold more than {MAX_HELD_BYTES >> 20} MB: the stalest get a 503")
            stalest = min(arriving, key=lambda channel: channel.last_activity)
            stalest.refuse(FullError("too much is arriving at once; try again in a second"))

    def _make_room(self, now: float) -> None:
        """Close a connection if there are too many, or no file is left for the next one."""
        if self._has_no_file:
            self._has_no_file = False
            if not self._close_longest_idle():
                self._accept_from = now + ACCEPT_PAUSE_S
        if len(self._map) > self.max_connections:
            self._say(
                f"{self.max_connections} connections are open, the limit (half of `ulimit -n`, at"
                f" most {MAX_CONNECTIONS}): those idle for longest are closed for new ones"
            )
            self._close_longest_idle()

    def _close_longest_idle(self) -> bool:
        """Close the connection that has been idle for longest, but not the newest one; return
        whether there was one."""
        idle = [channel for channel in self._channels()[:-1] if channel.is_idle]
        if idle:
            min(idle, key=lambda channel: channel.last_activity).handle_close()
        return bool(idle)

    def _channels(self) -> list[Channel]:
        return [each for each in list(self._map.values()) if isinstance(each, Channel)]

    def _say(self, message: str) -> None:
        now = time.monotonic()
        if now - self._said_at.get(message, -SILENCE_S) >= SILENCE_S:
            self._said_at[message] = now
            self.logger.warning(message)
