"""A simulation of collectors and ClickHouses: batches queue for processors, and commits for each
other.

What takes time is processor time as measured. A collector works on one thing at a time, whatever
its threads: that is what Python's lock amounts to. It has one commit under way, a lookup and then
an insert, and the next one takes all that has come meanwhile. ClickHouse shares its cores evenly
between lookups, inserts and merges (processor sharing, Kleinrock 1967).
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from collector.store.group_commit import MAX_GROUP_SPANS

_MERGING_THREADS = 16
"""Merges at once, as many as ClickHouse usually has threads for."""


class Cost(NamedTuple):
    """Processor time of a piece of work, s."""

    fixed: float
    per_span: float

    def of(self, spans: int) -> float:
        """Return the time for so many spans."""
        return self.fixed + self.per_span * spans


class Costs(NamedTuple):
    """What the pieces of the way of a span take."""

    send: Cost
    """Of a sender on the same machine, for a request; nothing where it is elsewhere."""
    take_in: Cost
    """Of the collector, for a request."""
    look_up: Cost
    """Of ClickHouse, to find out what is known."""
    insert: Cost
    merge_s: float
    """Of ClickHouse, for each time that a span is written anew."""
    fan_in: float
    """How many parts of about the same size become one."""

    def rewrites(self, spans: int, largest: float) -> float:
        """Return how often each span of an insert of so many is written anew until it is in one of
        the largest parts."""
        return max(0.0, math.log(largest / spans) / math.log(self.fan_in))


class Cell(NamedTuple):
    """Collectors and the ClickHouse that they all write to."""

    collectors: int
    collector_cores: float
    """Of each collector's machine; 0 if all run on ClickHouse's."""
    clickhouse_cores: float
    batch: int
    """Spans of a request."""
    rate: float = 0.0
    """Spans a second that come, in requests at random moments."""
    largest_part: float = 1e6
    """Spans of a part that is merged no more."""
    clients: int = 0
    """Clients that send one request after another, instead of that."""


class Outcome(NamedTuple):
    """What came of it."""

    rate: float
    """Spans a second that were acknowledged."""
    latencies: list[float]
    """Of requests, from their coming until they are acknowledged, s."""
    collector_busy: float
    """Share of a core that a collector needs."""
    clickhouse_busy: float
    """Share of all of its cores that ClickHouse needs."""
    inserts_per_s: float
    spans_per_insert: float


class _Clock:
    """The moments at which something happens."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, moment: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._order), happens))

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, happens = heapq.heappop(self._due)
            happens()


class _Processor:
    """Cores that all who run share evenly, none of them on more than one."""

    def __init__(self, clock: _Clock, cores: float) -> None:
        self.used = 0.0
        """Processor time asked for so far, s."""
        self._clock = clock
        self._cores = cores
        self._jobs: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._served = 0.0
        """What each job that has run from the beginning would have got."""
        self._since = 0.0
        self._version = 0

    def submit(self, work: float, done: Callable[[], None]) -> None:
        self._catch_up()
        self.used += work
        heapq.heappush(self._jobs, (self._served + work, next(self._order), done))
        self._plan()

    def _speed(self) -> float:
        return min(1.0, self._cores / len(self._jobs))

    def _catch_up(self) -> None:
        if self._jobs:
            self._served += (self._clock.now - self._since) * self._speed()
        self._since = self._clock.now

    def _plan(self) -> None:
        self._version += 1
        if self._jobs:
            version = self._version
            moment = self._clock.now + max(0.0, self._jobs[0][0] - self._served) / self._speed()
            self._clock.at(moment, lambda: self._finish(version))

    def _finish(self, version: int) -> None:
        if version != self._version:
            return
        self._catch_up()
        _, _, done = heapq.heappop(self._jobs)
        self._plan()
        done()


class _Queue:
    """What is worked on by so many at a time, in the order in which it came."""

    def __init__(self, processor: _Processor, workers: int = 1) -> None:
        self.used = 0.0
        self._processor = processor
        self._free = workers
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()

    def submit(self, work: float, done: Callable[[], None]) -> None:
        self._waiting.append((work, done))
        self._next()

    def _next(self) -> None:
        if not self._free or not self._waiting:
            return
        self._free -= 1
        work, done = self._waiting.popleft()
        self.used += work

        def finished() -> None:
            self._free += 1
            self._next()
            done()

        self._processor.submit(work, finished)


class _Collector:
    """Takes requests in and commits them in groups."""

    def __init__(self, model: _Model, processor: _Processor) -> None:
        self.python = _Queue(processor)
        self._model = model
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self._is_committing = False

    def take(self, spans: int, acknowledged: Callable[[], None]) -> None:
        def ready() -> None:
            self._waiting.append((spans, acknowledged))
            self._commit()

        self.python.submit(self._model.costs.take_in.of(spans), ready)

    def _commit(self) -> None:
        if self._is_committing or not self._waiting:
            return
        self._is_committing = True
        group: list[Callable[[], None]] = []
        spans = 0
        while self._waiting and spans < MAX_GROUP_SPANS:
            more, acknowledged = self._waiting.popleft()
            spans += more
            group.append(acknowledged)

        def inserted() -> None:
            self._model.merge(spans)
            self._is_committing = False
            for acknowledged in group:
                acknowledged()
            self._commit()

        costs, clickhouse = self._model.costs, self._model.clickhouse
        clickhouse.submit(
            costs.look_up.of(spans), lambda: clickhouse.submit(costs.insert.of(spans), inserted)
        )


class _Model:
    """A cell at work."""

    def __init__(self, cell: Cell, costs: Costs, seed: int) -> None:
        self.cell, self.costs = cell, costs
        self.clock = _Clock()
        self.clickhouse = _Processor(self.clock, cell.clickhouse_cores)
        self.inserts = self.spans = 0
        self.latencies: list[float] = []
        self._random = random.Random(seed)
        self._merging = _Queue(self.clickhouse, _MERGING_THREADS)
        self._sender = _Queue(self.clickhouse)
        self.collectors = [_Collector(self, self._machine()) for _ in range(cell.collectors)]
        self._turns = itertools.cycle(self.collectors)

    def _machine(self) -> _Processor:
        cores = self.cell.collector_cores
        return _Processor(self.clock, cores) if cores else self.clickhouse

    def merge(self, spans: int) -> None:
        """Take note of an insert, which will be merged."""
        self.inserts += 1
        self.spans += spans
        rewrites = self.costs.rewrites(spans, self.cell.largest_part)
        self._merging.submit(self.costs.merge_s * rewrites * spans, lambda: None)

    def request(self, acknowledged: Callable[[], None] = lambda: None) -> None:
        began = self.clock.now

        def done() -> None:
            self.latencies.append(self.clock.now - began)
            acknowledged()

        next(self._turns).take(self.cell.batch, done)

    def come_and_go(self) -> None:
        """Send a request, and the next ones at random moments."""
        self.request()
        gap = self._random.expovariate(self.cell.rate / self.cell.batch)
        self.clock.at(self.clock.now + gap, self.come_and_go)

    def go_round(self) -> None:
        """Send a request, and the next one after it."""
        work = self.costs.send.of(self.cell.batch)
        self._sender.submit(work, lambda: self.request(self.go_round))


def simulate(cell: Cell, costs: Costs, seconds: float, seed: int = 1) -> Outcome:
    """Return what comes of so many seconds."""
    model = _Model(cell, costs, seed)
    if cell.clients:
        for _ in range(cell.clients):
            model.go_round()
    else:
        model.clock.at(0.0, model.come_and_go)
    model.clock.run(seconds)
    took_in = sum(collector.python.used for collector in model.collectors)
    of_clickhouse = model.clickhouse.used
    if not cell.collector_cores:
        of_clickhouse -= took_in + model._sender.used
    return Outcome(
        len(model.latencies) * cell.batch / seconds,
        model.latencies,
        took_in / cell.collectors / seconds,
        of_clickhouse / cell.clickhouse_cores / seconds,
        model.inserts / seconds,
        model.spans / max(1, model.inserts),
    )
