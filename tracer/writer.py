"""Writers take finished spans; `HttpWriter` sends them to the collector from its own thread."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections import Counter, deque
from http.client import HTTPConnection, HTTPSConnection
from threading import Event, RLock, Thread
from typing import Protocol
from urllib.parse import urlsplit
from weakref import WeakSet

from .encoding import CONTENT_TYPE, encode_chunk, join_chunks
from .span import Span

log = logging.getLogger("tracer")

MAX_QUEUED_SPANS = 50_000
"""Finished spans that may wait in the queue (about 25 MB); more are dropped and counted."""
MAX_BODY_BYTES = 1_000_000
"""Size up to which a request is filled."""
INTERVAL_S = 0.25
"""Seconds between two looks at the queue."""
TIMEOUT_S = 2.0
"""Seconds to wait for the collector to connect or to answer."""
BACKOFF_S = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds to wait before each further attempt to deliver the same spans."""
MAX_RESPONSE_BYTES = 65_536
"""Bytes read of a response, of which only the status matters."""

_RETRIED_STATUSES = (408, 429)
"""Client errors that may pass: request timeout, too many requests. So may all of 500 and above."""


class Writer(Protocol):
    """Takes a tracer's finished spans, and never raises (OpenTelemetry's span processor with its
    exporter, OpenTracing's recorder)."""

    def put(self, spans: list[Span]) -> None:
        """Take finished spans of one segment, its root first if that has finished."""

    def flush(self, timeout: float = 2.0) -> bool:
        """Deliver what was put; return whether it was done within `timeout` seconds."""

    def close(self, timeout: float = 2.0) -> None:
        """Deliver what was put within `timeout` seconds, and stop."""


class HttpWriter:
    """Sends spans to a collector, or to a Datadog agent, without making the app wait.

    The queue is bounded. Spans are dropped and counted if they no longer fit into it, if the
    collector refuses them, or if it cannot be reached in several attempts. OpenTelemetry's
    `BatchSpanProcessor` with an exporter does the same.
    """

    def __init__(self, url: str, interval: float = INTERVAL_S) -> None:
        self.url = url.rstrip("/")
        self.interval = interval
        self._start_afresh()
        _writers.add(self)

    def _start_afresh(self) -> None:
        """Set up an empty queue and no thread, at first and in a forked child."""
        self.sent = 0
        """Spans delivered."""
        self.dropped: Counter[str] = Counter()
        """Spans lost, by reason: queue full, unreachable, refused, not encodable, closed."""
        # Reentrant: the garbage collector may finish a span in the middle of `put`.
        self._lock = RLock()
        self._queue: deque[list[Span] | Event] = deque()
        self._queued = 0
        self._thread: Thread | None = None
        self._wake = Event()
        self._closed = Event()
        self._connection: HTTPConnection | None = None
        self._complained = False

    def put(self, spans: list[Span]) -> None:
        """Queue finished spans of one segment."""
        with self._lock:
            if self._closed.is_set() or self._queued + len(spans) > MAX_QUEUED_SPANS:
                self.dropped["closed" if self._closed.is_set() else "queue full"] += len(spans)
                return
            self._queued += len(spans)
            self._queue.append(spans)
            if self._thread is None:
                self._start_thread()

    def flush(self, timeout: float = 2.0) -> bool:
        """Wait up to `timeout` seconds until what was put is delivered or given up.

        Return whether that is done.
        """
        if self._thread is None or not self._thread.is_alive():
            return not self._queue
        done = Event()
        self._queue.append(done)
        self._wake.set()
        return done.wait(timeout)

    def close(self, timeout: float = 2.0) -> None:
        """Deliver what was put within `timeout` seconds, and stop. Called at exit."""
        with self._lock:
            self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        else:
            self._empty_queue()  # put too late for a thread to be started
            self._disconnect()

    def _start_thread(self) -> None:
        # Not at import: threads do not survive a fork, and servers fork early.
        thread = Thread(target=self._run, name="tracer-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the program is ending; tried again next time
            return
        self._thread = thread
        if "multiprocessing.util" in sys.modules:
            _close_with_worker(self)

    def _run(self) -> None:
        closing = False
        while not closing:
            self._wake.wait(self.interval)
            self._wake.clear()
            closing = self._closed.is_set()
            self._empty_queue()
        self._disconnect()

    def _empty_queue(self) -> None:
        batch = _Batch()
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, Event):
                self._deliver(batch)
                batch = _Batch()
                item.set()
                continue
            with self._lock:
                self._queued -= len(item)
            try:
                chunk = encode_chunk(item)
            except Exception:
                self._drop("not encodable", len(item), "they cannot be encoded")
                continue
            if batch.size + len(chunk) > MAX_BODY_BYTES:
                self._deliver(batch)
                batch = _Batch()
            batch.add(chunk, len(item))
        self._deliver(batch)

    def _deliver(self, batch: _Batch) -> None:
        """Send a batch as one request, with retries."""
        if not batch.chunks:
            return
        body = join_chunks(batch.chunks)
        for pause in (*BACKOFF_S, None):
            try:
                status = self._send(body, len(batch.chunks))
            except Exception as error:  # whatever a broken peer can make of HTTP
                self._disconnect()
                reason = "unreachable"
                problem = f"does not answer ({error or type(error).__name__}). Is it running?"
            else:
                if 200 <= status < 300:
                    self.sent += batch.spans
                    self._complained = False
                    return
                reason, problem = "refused", f"answers {status}"
                if status < 500 and status not in _RETRIED_STATUSES:
                    break
            if pause is None or self._closed.wait(pause):
                break
        self._drop(reason, batch.spans, f"the collector at {self.url} {problem}")

    def _send(self, body: bytes, chunks: int) -> int:
        """Send `body` to the collector over a kept connection; return the status."""
        if self._connection is None:
            self._connection = _connect(self.url)
        headers = {"Content-Type": CONTENT_TYPE, "X-Datadog-Trace-Count": str(chunks)}
        self._connection.request("PUT", "/v0.4/traces", body, headers)
        response = self._connection.getresponse()
        response.read(MAX_RESPONSE_BYTES)
        if not response.isclosed():
            self._disconnect()  # there is more of it
        return response.status

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _drop(self, reason: str, spans: int, problem: str) -> None:
        """Count lost spans; log it once until the next delivery succeeds."""
        self.dropped[reason] += spans
        if not self._complained:
            self._complained = True
            log.warning("%d span(s) lost: %s", spans, problem)


def _connect(url: str) -> HTTPConnection:
    """Return a connection to the collector; it opens when it is first used."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("COLLECTOR_URL must look like http://127.0.0.1:8126")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname, parts.port, timeout=TIMEOUT_S)


class _Batch:
    """Encoded chunks for one request."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.spans = 0
        self.size = 0
        """Bytes."""

    def add(self, chunk: bytes, spans: int) -> None:
        """Add a chunk that holds the given number of spans."""
        self.chunks.append(chunk)
        self.spans += spans
        self.size += len(chunk)


_writers: WeakSet[HttpWriter] = WeakSet()


def _close_all() -> None:
    for writer in list(_writers):
        writer.close()


def _after_fork() -> None:
    """In a forked child, leave what is queued to the parent, whose thread sends it."""
    for writer in list(_writers):
        # Close the bare file, not the connection: that has locks, which the parent's thread may
        # have held during the fork, and in the child nothing would ever release them.
        if writer._connection is not None and writer._connection.sock is not None:
            os.close(writer._connection.sock.detach())
        writer._start_afresh()


def _close_with_worker(writer: HttpWriter) -> None:
    """Close the writer at the end of a `multiprocessing` worker, which skips `atexit`."""
    from multiprocessing import parent_process
    from multiprocessing.util import Finalize

    if parent_process() is not None:
        Finalize(None, writer.close, exitpriority=0)


atexit.register(_close_all)
os.register_at_fork(after_in_child=_after_fork)
