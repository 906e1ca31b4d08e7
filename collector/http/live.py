"""The live stream: new and grown traces, pushed to whoever watches."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import msgspec

from collector.background_thread import BackgroundThread
from collector.http.trace_json import summary_json
from collector.search.ast import Node
from collector.search.match import TraceMatcher, matcher, needs_spans
from collector.store.sqlite import Store
from collector.trace_summary import TraceSummary

MOST_READERS = 32
TICK_SECONDS = 0.25
STATS_SECONDS = 2.0
MOST_PER_TICK = 500
"""Traces of one tick; when more arrive, the oldest of them are left out and counted as dropped."""
IDLE_SECONDS = 2.0
MOST_ROUND_SECONDS = 60.0
"""A round that takes longer is stuck; a search for the largest traces takes seconds."""
_WAITING_EVENTS = 8
"""Events that wait for one slow reader, two seconds' worth; it loses the oldest."""


class TooManyReadersError(Exception):
    """There are `MOST_READERS` already."""


class Reader:
    """Someone who watches, and the events that wait for them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._events: deque[bytes] = deque(maxlen=_WAITING_EVENTS)
        self._wake = threading.Condition()
        self._open = True

    def give(self, event: bytes) -> bool:
        """Hand over an event; false if an older one was lost for it."""
        with self._wake:
            fits = len(self._events) < _WAITING_EVENTS
            self._events.append(event)
            self._wake.notify()
            return fits

    def close(self) -> None:
        """Let `events` end."""
        with self._wake:
            self._open = False
            self._wake.notify()

    def events(self) -> Iterator[bytes]:
        """The events as they come."""
        while True:
            with self._wake:
                while self._open and not self._events:
                    self._wake.wait()
                if not self._open:
                    return
                event = self._events.popleft()
            yield event


class Hub:
    """Takes what is stored and gives each reader what it asked for, four times a second."""

    def __init__(self, store: Store, report: Callable[[], dict[str, object]]) -> None:
        """`report` gives the body of `/stats`."""
        self._store = store
        self._report = report
        self._readers: list[Reader] = []
        self._news: dict[str, TraceSummary] = {}
        self._dropped = 0
        self._closed = False
        self._lock = threading.Condition()
        self._next_stats = 0.0
        self._thread = BackgroundThread("feeds the live stream", self._round, MOST_ROUND_SECONDS)
        self._thread.start()
        store.on_stored = self._on_stored

    def join(self, node: Node) -> Reader:
        """A new reader of the traces that match. Raises `TooManyReadersError`."""
        reader = Reader(node)
        with self._lock:
            if self._closed or len(self._readers) >= MOST_READERS:
                raise TooManyReadersError
            self._readers = [*self._readers, reader]
            self._lock.notify()
        reader.give(_event("stats", self._report()))
        return reader

    def leave(self, reader: Reader) -> None:
        """The reader is gone."""
        with self._lock:
            self._readers = [other for other in self._readers if other is not reader]

    def state(self) -> dict[str, int]:
        """Readers now, and traces and events dropped since the start."""
        with self._lock:
            return {"clients": len(self._readers), "dropped": self._dropped}

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self._closed = True
            readers, self._readers = self._readers, []
            self._lock.notify()
        for reader in readers:
            reader.close()

    def _on_stored(self, summaries: list[TraceSummary]) -> None:
        """Called by the thread that writes, so it only takes note."""
        if not self._readers:
            return
        with self._lock:
            for summary in summaries:
                self._news.pop(summary.trace_id, None)
                self._news[summary.trace_id] = summary
            while len(self._news) > MOST_PER_TICK:
                del self._news[next(iter(self._news))]
                self._dropped += 1

    def problem(self) -> str:
        """What is wrong with the thread that feeds the stream; "" if nothing."""
        return self._thread.problem()

    def _round(self) -> bool:
        """Give the readers what is new; false when all streams have ended."""
        with self._lock:
            if not self._readers and not self._closed:
                self._news.clear()
                self._lock.wait(IDLE_SECONDS)
            if self._closed:
                return False
            readers = self._readers
            news, self._news = list(self._news.values()), {}
        if not readers:
            return True
        if news:
            self._tell(readers, news)
        if time.monotonic() >= self._next_stats:
            self._next_stats = time.monotonic() + STATS_SECONDS
            event = _event("stats", self._report())
            for reader in readers:
                self._give(reader, event)
        time.sleep(TICK_SECONDS)
        return True

    def _tell(self, readers: list[Reader], news: list[TraceSummary]) -> None:
        by_query: dict[Node, list[Reader]] = {}
        for reader in readers:
            by_query.setdefault(reader.node, []).append(reader)
        for node, same in by_query.items():
            matches = matcher(node)
            look_into = needs_spans(node)
            found = [each for each in news if self._matches(matches, look_into, each)]
            if found:
                event = _event("traces", {"traces": [summary_json(each) for each in found]})
                for reader in same:
                    self._give(reader, event)

    def _matches(self, matches: TraceMatcher, look_into: bool, summary: TraceSummary) -> bool:
        if not look_into:
            return matches(summary, [])
        with contextlib.suppress(sqlite3.Error):  # dropped meanwhile
            found = self._store.find(summary.trace_id)
            return found is not None and matches(summary, found.spans())
        return False

    def _give(self, reader: Reader, event: bytes) -> None:
        if not reader.give(event):
            with self._lock:
                self._dropped += 1


def _event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
