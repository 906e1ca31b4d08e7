"""What collectors and a ClickHouse really take, on this machine: the costs for the simulation, and
runs to compare it with."""

from __future__ import annotations

import argparse
import http.client
import queue
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.collector_process import CollectorProcess, running_collector
from bench.ingest_clickhouse import await_merges, with_password
from bench.measures import processor_seconds
from bench.payloads import Payload
from bench.scale_model import Cost, Costs
from bench.sender import send
from collector.receivers import datadog
from collector.store.clickhouse.batch import Batch, Request, request_of
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.known_traces import KnownTraces, read_known_traces
from collector.store.clickhouse.span_block import NAMES
from tests.collector import clickhouse_server
from tests.collector.clickhouse_server import Server

SPANS_PER_TRACE = 32
BATCH = 512
_SMALL, _LARGE = 512, 8_192
"""Spans of the inserts that are measured."""
_INSERTS = 40
_SMALL_BATCH = 64
_SETTLE_S = 60.0
_IDLE_S = 2.0
STORED_SPANS = 4_000_000
"""Spans that are stored while lookups and inserts are measured."""
_CLIENTS = 8


class Run(NamedTuple):
    """A real run."""

    rate: float
    latencies: list[float]
    collector_s: float
    """Processor time of the collector, s."""
    clickhouse_s: float
    sender_s: float
    requests: int
    seconds: float
    cores: float
    """Cores that others on the machine left, if it was asked for all; 0 otherwise."""
    spans: int


class Setup(NamedTuple):
    """A collector and a ClickHouse, running."""

    collector: CollectorProcess
    server: Server
    connection: Connection


@contextmanager
def running() -> Iterator[Setup]:
    """Run a ClickHouse and a collector with it until the block ends."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(clickhouse_server.running(folder))
        address = server.address("scale")
        env = {"COLLECTOR_STORE": with_password(address)}
        collector = stack.enter_context(running_collector(str(folder / "collector"), env))
        connection = Connection(address)
        stack.callback(connection.close)
        yield Setup(collector, server, connection)


def measure_costs(setup: Setup, seconds: float) -> Costs:
    """Return what the pieces of work take."""
    await_merges(setup.connection)
    before = _events(setup.connection)
    large = _closed(setup, seconds, BATCH)
    await_merges(setup.connection)
    inserts, inserted, merged = (
        now - then for then, now in zip(before, _events(setup.connection), strict=True)
    )
    # So many parts became one in as many steps as each span was written anew.
    fan_in = max(1.5, inserts ** (inserted / max(1, merged)))
    small = _closed(setup, seconds, _SMALL_BATCH)
    sizes = (_SMALL_BATCH, BATCH)
    runs = (small, large)
    take_in = _line(sizes, [run.collector_s / run.requests for run in runs])
    send_cost = _line(sizes, [run.sender_s / run.requests for run in runs])
    requests = {spans: _requests(spans) for spans in (_SMALL, _LARGE)}
    insert = _measured(setup, requests, _insert)  # before there is much to merge
    _grow(setup.connection, large.spans)
    look_up = _measured(setup, requests, _known)
    return Costs(send_cost, take_in, look_up, insert, _merge_s(setup), fan_in)


def closed(setup: Setup, seconds: float) -> Run:
    """Return a run with clients that send as fast as they are answered."""
    return _closed(setup, seconds, BATCH)


def opened(setup: Setup, seconds: float, rate: float) -> Run:
    """Return a run with requests that come at random moments, so many spans a second."""
    before = _used(setup)
    latencies = _send_at_random(setup.collector.port, seconds, rate / BATCH)
    collector_s, clickhouse_s = _used_since(setup, before)
    spans = len(latencies) * BATCH
    used = (collector_s, clickhouse_s, 0.0)
    return Run(spans / seconds, latencies, *used, len(latencies), seconds, 0.0, spans)


def _closed(setup: Setup, seconds: float, batch: int) -> Run:
    before = _used(setup)
    options = argparse.Namespace(seconds=seconds, connections=_CLIENTS, batch=batch)
    sent = send([setup.collector.port], options, "datadog", min(SPANS_PER_TRACE, batch))
    collector_s, clickhouse_s = _used_since(setup, before)
    used = (collector_s, clickhouse_s, sent.own_processor_seconds)
    cores = (sum(used) + sent.idle_seconds) / sent.seconds
    return Run(sent.rate, sent.latencies, *used, sent.requests, sent.seconds, cores, sent.spans)


def _used_since(setup: Setup, before: tuple[float, float]) -> tuple[float, float]:
    collector_s, clickhouse_s = _used(setup)
    return collector_s - before[0], clickhouse_s - before[1]


def _used(setup: Setup) -> tuple[float, float]:
    return processor_seconds(setup.collector.pid), processor_seconds(setup.server.pid)


def _measured(
    setup: Setup,
    requests: Mapping[int, Sequence[Request]],
    work: Callable[[Connection, Request], object],
) -> Cost:
    """Return what ClickHouse takes for work with requests of so many spans, beyond what it takes
    anyway."""
    connection, pid = setup.connection, setup.server.pid
    taken = []
    for few_or_many in requests.values():
        await_merges(connection, _SETTLE_S)
        connection.command("SYSTEM STOP MERGES")
        begin = processor_seconds(pid)
        time.sleep(_IDLE_S)
        idle_share = (processor_seconds(pid) - begin) / _IDLE_S
        begin, since = processor_seconds(pid), time.monotonic()
        for request in few_or_many:
            work(connection, request)
        anyway = idle_share * (time.monotonic() - since)
        taken.append((processor_seconds(pid) - begin - anyway) / len(few_or_many))
        connection.command("SYSTEM START MERGES")
    return _line(list(requests), taken)


def _insert(connection: Connection, request: Request) -> None:
    batch = Batch(KnownTraces())
    batch.add(request)
    connection.insert(f"span ({NAMES})", batch.block(time.time_ns()), "Native")


def _merge_s(setup: Setup) -> float:
    """Return what it takes to write a span anew, s."""
    await_merges(setup.connection, _SETTLE_S)
    ((spans,),) = setup.connection.rows("SELECT count() FROM span")
    begin = processor_seconds(setup.server.pid)
    setup.connection.command("OPTIMIZE TABLE span FINAL")
    return (processor_seconds(setup.server.pid) - begin) / spans


def _known(connection: Connection, request: Request) -> KnownTraces:
    trace_ids = {chunk.trace_id for chunk in request.chunks}
    return read_known_traces(connection, trace_ids, request.encoded.identities)


def _grow(connection: Connection, spans: int) -> None:
    """Store copies of what is stored under other ids, until there is so much that a lookup reads a
    granule for each trace."""
    columns = f"bitXor(lower, intHash64(%d)), {NAMES.removeprefix('lower, ')}"
    connection.command("CREATE TABLE base AS span ENGINE = Log")
    connection.command(f"INSERT INTO base SELECT * FROM span LIMIT {spans}")  # noqa: S608
    for number in range(1, round(STORED_SPANS / spans) + 1):
        connection.command(
            f"INSERT INTO span ({NAMES}) SELECT {columns % number} FROM base"  # noqa: S608
        )


def _requests(spans: int) -> list[Request]:
    rng = random.Random(spans)
    payload = Payload(BATCH, SPANS_PER_TRACE)

    def request() -> Request:
        bodies = [payload.fresh(rng) for _ in range(spans // BATCH)]
        return request_of([chunk for body in bodies for chunk in datadog.read_v04(body).chunks])

    return [request() for _ in range(_INSERTS)]


def _events(connection: Connection) -> tuple[int, ...]:
    """Return inserts, spans inserted and spans written anew since ClickHouse was started."""
    counted = dict(connection.rows("SELECT event, value FROM system.events"))
    names = ("MergeTreeDataWriterBlocks", "MergeTreeDataWriterRows", "MergedRows")
    return tuple(int(counted.get(name, 0)) for name in names)


def _line(sizes: Sequence[int], costs: Sequence[float]) -> Cost:
    """Return the line through two points; nothing of it is below zero."""
    per_span = max(0.0, (costs[1] - costs[0]) / (sizes[1] - sizes[0]))
    return Cost(max(0.0, costs[0] - per_span * sizes[0]), per_span)


def _send_at_random(port: int, seconds: float, requests_per_s: float) -> list[float]:
    """Send requests at random moments; return how long after its moment each was answered, s."""
    rng = random.Random(1)
    moments: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    latencies: list[float] = []

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        payload, own = Payload(BATCH, SPANS_PER_TRACE, seed=number), random.Random(number)
        body = payload.fresh(own)
        while (moment := moments.get()) is not None:
            connection.request("PUT", payload.path, body, {"Content-Type": payload.content_type})
            answer = connection.getresponse()
            answer.read()
            latencies.append(time.perf_counter() - moment)
            assert answer.status == 200
            body = payload.fresh(own)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    moment = time.perf_counter() + 0.5
    end = moment + seconds
    while moment < end:
        time.sleep(max(0.0, moment - time.perf_counter()))
        moments.put(moment)
        moment += rng.expovariate(requests_per_s)
    for _ in threads:
        moments.put(None)
    for thread in threads:
        thread.join()
    return latencies
