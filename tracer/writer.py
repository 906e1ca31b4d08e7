"""Writers take finished spans; `HttpWriter` sends them to the collector from its own thread."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import time
from collections import Counter, deque
from queue import SimpleQueue
from threading import Event, RLock, Thread
from typing import Protocol
from weakref import WeakSet

from .connection import DeadlineConnection, address_of, connect_to, reason_of
from .containment import contained, type_name
from .encoding import CONTENT_TYPE, Batch, encode_chunk, join_chunks
from .span import Span
from .text import printable

log = logging.getLogger("tracer")

MAX_QUEUED_SPANS = 50_000
"""Finished spans that may wait in the queue (about 25 MB); more are dropped and counted."""
MAX_BODY_BYTES = 1_000_000
"""Size up to which a request is filled."""
INTERVAL_S = 0.25
"""Seconds between two looks at the queue; after one in vain, the next is that long after a span."""
TIMEOUT_S = 2.0
"""Seconds for a whole exchange with the collector: connecting, sending, reading its answer."""
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
        """Spans lost, by reason: queue full, unreachable, refused, not encodable, closed, failed
        (the writer itself)."""
        # Reentrant: the garbage collector may finish a span in the middle of `put`.
        self._lock = RLock()
        self._queue: deque[list[Span] | Event] = deque()
        self._queued = 0
        self._thread: Thread | None = None
        self._alarm: SimpleQueue[None] = SimpleQueue()  # reentrant, too, which no event is
        self._wake = Event()
        self._closed = Event()
        self._in_hand = 0
        """Spans taken from the queue of which it is not known yet what becomes of them."""
        self._connection: DeadlineConnection | None = None
        self._complained = False

    def put(self, spans: list[Span]) -> None:
        """Queue finished spans of one segment."""
        with self._lock:
            if self._closed.is_set() or self._queued + len(spans) > MAX_QUEUED_SPANS:
                self.dropped["closed" if self._closed.is_set() else "queue full"] += len(spans)
                return
            self._queued += len(spans)
            self._queue.append(spans)
            self._ensure_thread()
        self._rouse()

    def flush(self, timeout: float = 2.0) -> bool:
        """Wait up to `timeout` seconds until what was put is delivered or given up.

        Return whether that is done.
        """
        with self._lock:
            if not self._has_thread() and not self._queue and not self._in_hand:
                return True
            if not self._ensure_thread():
                return False
        done = Event()
        self._queue.append(done)
        self._wake.set()
        self._rouse()
        return done.wait(timeout)

    def close(self, timeout: float = 2.0) -> None:
        """Deliver what was put within `timeout` seconds, and stop. Called at exit."""
        with self._lock:
            self._closed.set()
        self._wake.set()
        self._rouse()
        if self._has_thread():
            self._thread.join(timeout)  # type: ignore[union-attr]
        else:
            self._run_round()  # put too late for a thread to be started
            self._disconnect()

    def _has_thread(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _ensure_thread(self) -> bool:
        """Start the thread if it does not run (any more); return whether it does now."""
        if self._has_thread():
            return True
        if self._thread is not None and not self._closed.is_set():
            self._drop("failed", self._take_in_hand(), "the writer's thread had died")
        self._start_thread()
        return self._has_thread()

    def _start_thread(self) -> None:
        # Not at import: threads do not survive a fork, and servers fork early.
        thread = Thread(target=self._run, name="tracer-writer", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError):  # no more threads, or the program ends; tried again
            return
        self._thread = thread
        if "multiprocessing.util" in sys.modules:
            _close_with_worker(self)

    def _run(self) -> None:
        closing = False
        while not closing:
            self._wake.wait(self.interval)
            if not self._queue and not self._closed.is_set():
                self._alarm.get()  # sleeps until something is put: an idle app costs nothing
                self._wake.wait(self.interval)  # what comes meanwhile goes along
            self._wake.clear()
            closing = self._closed.is_set()
            if not self._run_round():
                time.sleep(self.interval)  # whatever fails may go on failing
        self._disconnect()

    def _rouse(self) -> None:
        """Wake the thread, now or when it next falls asleep."""
        if self._alarm.empty():
            self._alarm.put(None)

    def _run_round(self) -> bool:
        """Deliver what is queued. Return whether nothing unforeseen was raised.

        It may be anything, even `SystemExit`: an object of the app may raise that when it is
        encoded. The spans in hand are lost, those in the queue are not.
        """
        try:
            self._empty_queue()
        except BaseException as error:
            name = type_name(type(error))
            self._drop("failed", self._take_in_hand(), f"the writer failed with {name}")
            return False
        return True

    def _take_in_hand(self) -> int:
        """Return how many spans are in hand, and forget them."""
        spans, self._in_hand = self._in_hand, 0
        return spans

    def _empty_queue(self) -> None:
        batch = Batch()
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, Event):
                try:
                    self._deliver(batch)
                finally:
                    item.set()
                batch = Batch()
                continue
            with self._lock:
                self._queued -= len(item)
                self._in_hand += len(item)
            try:
                chunk = encode_chunk(item)
            except BaseException:
                self._drop("not encodable", len(item), "they cannot be encoded")
                self._in_hand -= len(item)
                continue
            if batch.size + len(chunk) > MAX_BODY_BYTES:
                self._deliver(batch)
                batch = Batch()
            batch.add(chunk, len(item))
        self._deliver(batch)

    def _deliver(self, batch: Batch) -> None:
        """Send a batch as one request, with retries."""
        if not batch.chunks:
            return
        self._try_to_deliver(batch)
        self._in_hand -= batch.spans

    def _try_to_deliver(self, batch: Batch) -> None:
        body = join_chunks(batch.chunks)
        for pause in (*BACKOFF_S, None):
            try:
                status = self._send(body, len(batch.chunks))
            except Exception as error:  # whatever a broken peer can make of HTTP
                self._disconnect()
                reason = "unreachable"
                problem = f"does not answer ({reason_of(error)}). Is it running?"
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
        self._drop(reason, batch.spans, f"the collector at {address_of(self.url)} {problem}")

    def _send(self, body: bytes, chunks: int) -> int:
        """Send `body` to the collector over a kept connection; return the status."""
        if self._connection is None:
            self._connection = connect_to(self.url)
        self._connection.restart(TIMEOUT_S)
        headers = {"Content-Type": CONTENT_TYPE, "X-Datadog-Trace-Count": str(chunks)}
        self._connection.request("PUT", "/v0.4/traces", body, headers)
        with self._connection.getresponse() as response:  # it may outlive its connection
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
        if spans:
            self.dropped[reason] += spans
        if not self._complained:
            self._complained = True
            with contained:  # a handler of the app's may fail
                noun = "span" if spans == 1 else "spans"
                log.warning("%d %s lost: %s", spans, noun, printable(problem))


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
