"""The live stream: new and grown traces, pushed to whoever subscribes."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import msgspec

from collector.background_thread import BackgroundThread
from collector.http.trace_json import summaries_json
from collector.log import Trouble
from collector.search.ast import Node
from collector.search.match import TraceMatcher, matcher, needs_spans
from collector.search.synthetic_requests import EVERYONE_ELSE
from collector.search.terms import LEFT_OUT
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.trace_store import NewTraces, TraceStore
from collector.trace_ids import short_id
from collector.trace_summary import TraceSummary

MAX_SUBSCRIBERS = 32
TICK_SECONDS = 0.25
"""Time between two events with traces."""
STATS_SECONDS = 2.0
"""Time between two events with the body of `/stats`."""
MAX_TRACES_PER_TICK = 500
"""When more traces arrive in a tick, the oldest of them are left out and counted as dropped."""
IDLE_SECONDS = 2.0
"""The longest that the thread sleeps while nobody reads."""
MAX_ROUND_SECONDS = 60.0
"""A round that takes longer is stuck; a search in the largest traces takes seconds."""
_GONE = (sqlite3.Error, ClickHouseError)
"""What is raised if a trace was dropped meanwhile, or cannot be read at present."""
_MAX_WAITING_EVENTS = 8
"""Events that wait for one slow subscriber, two seconds' worth; it loses the oldest."""


class TooManySubscribersError(Exception):
    """There are `MAX_SUBSCRIBERS` already."""


class Subscriber:
    """A reader of the live stream, and the events that wait for it."""

    def __init__(self, node: Node) -> None:
        """Create a subscriber to the traces that match a search."""
        self.node = node
        self._events: deque[bytes] = deque(maxlen=_MAX_WAITING_EVENTS)
        self._wake = threading.Condition()
        self._open = True

    def give(self, event: bytes) -> bool:
        """Hand over an event; return False if an older one was lost for it."""
        with self._wake:
            fits = len(self._events) < _MAX_WAITING_EVENTS
            self._events.append(event)
            self._wake.notify()
            return fits

    def close(self) -> None:
        """Let `events` end."""
        with self._wake:
            self._open = False
            self._wake.notify()

    def events(self) -> Iterator[bytes]:
        """Yield the events as they come."""
        while True:
            with self._wake:
                while self._open and not self._events:
                    self._wake.wait()
                if not self._open:
                    return
                event = self._events.popleft()
            yield event


class LiveStream:
    """Takes what is stored and gives each subscriber what it asked for, four times a second."""

    def __init__(self, store: TraceStore, report: Callable[[], dict[str, object]]) -> None:
        """Start the stream. `report` returns the body of `/stats`."""
        self._store = store
        self._report = report
        self._subscribers: list[Subscriber] = []
        self._new_traces: dict[str, TraceSummary] = {}
        """The traces of the current tick, by id, the last to change last."""
        self._dropped = 0
        self._closed = False
        self._lock = threading.Condition()
        self._next_stats = 0.0
        self._trouble = Trouble()
        self._thread = BackgroundThread("feeds the live stream", self._round, MAX_ROUND_SECONDS)
        self._thread.start()

    def subscribe(self, node: Node) -> Subscriber:
        """Return a new subscriber to the traces that match. Raises `TooManySubscribersError` if
        there are `MAX_SUBSCRIBERS`, or if the stream is closed."""
        subscriber = Subscriber(node)
        with self._lock:
            if self._closed or len(self._subscribers) >= MAX_SUBSCRIBERS:
                raise TooManySubscribersError
            self._subscribers = [*self._subscribers, subscriber]
            self._lock.notify()
        subscriber.give(_event("stats", self._report()))
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forget a subscriber."""
        with self._lock:
            self._subscribers = [other for other in self._subscribers if other is not subscriber]

    def state(self) -> dict[str, int]:
        """Return the number of subscribers now, and of traces and events dropped since the
        start."""
        with self._lock:
            return {"clients": len(self._subscribers), "dropped": self._dropped}

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self._closed = True
            subscribers, self._subscribers = self._subscribers, []
            self._lock.notify()
        for subscriber in subscribers:
            subscriber.close()

    def put(self, summaries: list[TraceSummary]) -> None:
        """Take note of what was stored. Called by the thread that writes, so it does no more."""
        if not self._subscribers:
            return
        with self._lock:
            for summary in summaries:
                self._new_traces.pop(short_id(summary.trace_id), None)  # what it may have been
                self._new_traces.pop(summary.trace_id, None)
                self._new_traces[summary.trace_id] = summary
            while len(self._new_traces) > MAX_TRACES_PER_TICK:
                del self._new_traces[next(iter(self._new_traces))]
                self._dropped += 1

    def problem(self) -> str:
        """Return what is wrong with the thread that feeds the stream; "" if nothing is."""
        return self._thread.problem()

    def _round(self) -> bool:
        """Give the subscribers what is new; return false when all streams have ended."""
        with self._lock:
            if not self._subscribers and not self._closed:
                self._new_traces.clear()
                self._lock.wait(IDLE_SECONDS)
            if self._closed:
                return False
            subscribers = self._subscribers
            summaries, self._new_traces = list(self._new_traces.values()), {}
        if not subscribers:
            return True
        newcomers = self._newcomers()
        summaries += newcomers.traces
        with self._lock:
            self._dropped += newcomers.left_out + max(0, len(summaries) - MAX_TRACES_PER_TICK)
        summaries = summaries[-MAX_TRACES_PER_TICK:]
        if summaries:
            self._send_traces(subscribers, summaries)
        if time.monotonic() >= self._next_stats:
            self._next_stats = time.monotonic() + STATS_SECONDS
            event = _event("stats", self._report())
            for subscriber in subscribers:
                self._give(subscriber, event)
        time.sleep(TICK_SECONDS)
        return True

    def _newcomers(self) -> NewTraces:
        """Return what other collectors have stored; nothing if that cannot be told at present."""
        try:
            newcomers = self._store.newcomers()
        except ClickHouseError as problem:
            self._trouble.report(f"the live stream waits: {problem}")
            return NewTraces([], 0)
        self._trouble.over("the live stream goes on")
        return newcomers

    def _send_traces(self, subscribers: list[Subscriber], summaries: list[TraceSummary]) -> None:
        by_search: dict[Node, list[Subscriber]] = {}
        for subscriber in subscribers:
            by_search.setdefault(subscriber.node, []).append(subscriber)
        for node, same_search in by_search.items():
            matches = matcher(node)
            look_into = needs_spans(node)
            if node == EVERYONE_ELSE:
                left_out = self._left_out(summaries)
                matching = [each for each in summaries if each.trace_id not in left_out]
            else:
                matching = [each for each in summaries if self._matches(matches, look_into, each)]
            if matching:
                traces = summaries_json(self._store, matching)
                event = _event("traces", {"traces": traces})
                for subscriber in same_search:
                    self._give(subscriber, event)

    def _matches(self, matches: TraceMatcher, look_into: bool, summary: TraceSummary) -> bool:
        if not look_into:
            return matches(summary, [])
        with contextlib.suppress(*_GONE):
            stored = self._store.find(summary.trace_id)
            return stored is not None and matches(summary, stored.first_spans())
        return False

    def _left_out(self, summaries: list[TraceSummary]) -> set[str]:
        """Return the ids of those traces that `EVERYONE_ELSE` does not match: what a search would
        find out by reading the spans, only sooner."""
        trace_ids = {summary.trace_id for summary in summaries}
        tags = [(tag.key, tag.text.value) for tag in LEFT_OUT.values()]
        with contextlib.suppress(*_GONE):
            return self._store.tagged(trace_ids, tags)
        return trace_ids

    def _give(self, subscriber: Subscriber, event: bytes) -> None:
        if not subscriber.give(event):
            with self._lock:
                self._dropped += 1


def _event(name: str, data: object) -> bytes:
    """Return a server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
