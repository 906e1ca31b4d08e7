"""The receiver processes, as the storing process has them: it starts them, and again if one ends
or hangs, gives them connections, and answers what they send."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import cycle
from multiprocessing.connection import Connection

from collector.http.app import Collector
from collector.http.bounded_server import BoundedServer
from collector.http.processes.answering import HANG_S, Answering, HangsError
from collector.http.processes.connections import PassedConnections, brings_spans, pass_on
from collector.log import say, say_bug
from collector.process_messages import messages_through
from collector.store.sqlite import Store

MODULE = "collector.http.processes.receiver"
MESSAGE_BUFFER_BYTES = 1024 * 1024
"""Size of what may be on its way to the storing process: a few bodies, so that nobody waits."""
PAUSE_S = 0.1
"""Before a process that has ended is started again."""
LONG_PAUSE_S = 5.0
"""The same, if it ended before it was ready: it would most likely do so again."""
LAST_ANSWERS_S = 8.0
"""Time for the last answers at the end."""
_WHAT_TO_DO = (
    "it is killed, and its clients send again. See whether it was stopped (kill -STOP), or the"
    " machine has no memory or processor left: then have fewer --receivers"
)


class Receivers:
    """Receiver processes that prepare spans for a store."""

    def __init__(self, count: int, store: Store) -> None:
        """Take note of how many there will be; none is started yet."""
        self._store = store
        self._count = count
        self._all: list[_Receiver] = []
        self._turns = cycle(self._all)

    def start(self, collector: Collector, server: BoundedServer, host: str) -> None:
        """Start them, for a server that listens on the address `host` and serves connections that
        come back. Call this before its loop begins."""
        self._all += [
            _Receiver(number + 1, self._store, collector, server, host)
            for number in range(self._count)
        ]
        self._turns = cycle(self._all)

    def passes(self, head: bytes, connection: socket.socket) -> bool:
        """Pass on a connection with a request that begins like this if it brings spans, to one
        after the other; return whether it went. For the thread that runs the server's loop."""
        if brings_spans(head):
            for receiver in (next(self._turns) for _ in self._all):
                if receiver.is_ready and receiver.take(connection):
                    return True
        return False

    def begin_to_stop(self) -> None:
        """Have them end as soon as they have answered what they read."""
        for receiver in self._all:
            receiver.begin_to_stop()

    def stop(self) -> None:
        """Wait until all have ended. Those that do not are killed."""
        self.begin_to_stop()
        deadline = time.monotonic() + LAST_ANSWERS_S
        for receiver in self._all:
            receiver.stop(max(0.1, deadline - time.monotonic()))


class _Receiver:
    """One receiver process after another: the next one takes its place when one ends."""

    def __init__(
        self, number: int, store: Store, collector: Collector, server: BoundedServer, host: str
    ) -> None:
        self._name = f"receiver process {number}"
        self._address = (host, str(server.effective_port))
        self._answering = Answering(self._name, store, collector)
        # The link outlives a process: connections that wait in it are served by the next one.
        self._link, self._its_link = socket.socketpair()
        self._its_link.setblocking(False)
        back = PassedConnections(
            collector.app,
            link=self._link,
            port=int(server.effective_port),
            on_end=lambda: None,  # both ends of the link are open here
            map=server._map,
            dispatcher=server.task_dispatcher,
            adj=server.adj,
        )
        back.channel_class = server.channel_class
        self._stopping = threading.Event()
        self._process, self._messages = self._started()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self._answering.is_ready

    def take(self, connection: socket.socket) -> bool:
        """Give it a connection; return whether that was possible."""
        return pass_on(self._link, connection)

    def begin_to_stop(self) -> None:
        """Have it end as soon as it has answered what it read."""
        self._stopping.set()
        with suppress(OSError):  # it was told before
            self._link.shutdown(socket.SHUT_WR)

    def stop(self, timeout_s: float) -> None:
        """Wait until it has ended, and kill it if that takes longer."""
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._process.kill()
            self._thread.join()

    def _run(self) -> None:
        while True:
            pause_s = PAUSE_S if self._serve() else LONG_PAUSE_S
            code = self._process.wait()
            if self._stopping.is_set():
                return
            say(f"{self._name} {_how(code)}; it is started again")
            if self._stopping.wait(pause_s):
                return
            self._process, self._messages = self._started()

    def _serve(self) -> bool:
        """Serve the process until it ends, and kill it if it hangs; return whether the next one is
        likely to become ready."""
        try:
            self._answering.serve(self._messages, self._stopping)
        except HangsError as hang:
            say(f"{self._name} hangs: {hang}; {_WHAT_TO_DO}")
            self._process.kill()
        except Exception as bug:
            say_bug(f"what {self._name} sends cannot be stored", bug)
            self._process.kill()
            return False
        return self._answering.was_ready

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection]:
        """Start a process; return it, and what its messages come through."""
        ours, its = socket.socketpair()
        with its:
            its.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE_BUFFER_BYTES)
            files = (self._its_link.fileno(), its.fileno())
            command = [sys.executable, "-m", MODULE, *map(str, files), *self._address]
            process = subprocess.Popen(command, pass_fds=files)
        return process, messages_through(ours, HANG_S)


def _how(code: int) -> str:
    """Return how a process ended."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended by itself, with exit code {code}"
