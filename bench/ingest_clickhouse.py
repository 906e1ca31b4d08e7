"""Taking spans in with a ClickHouse behind the collectors, beside a collector with files.

The ClickHouse is a real one, started for it in a temporary folder, and ended afterwards.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from bench.collector_process import CollectorProcess, running_collector
from bench.measures import fraction, processor_seconds
from bench.query import SEARCHES
from bench.sender import Sent, send
from collector.store.clickhouse.address import Address
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.schema import server_version
from tests.collector import clickhouse_server

_ASKED = ("everything", "a service", "a rare tag", "a word", "trace duration", "one span")
_ROUNDS = 10
_QUIET_S = 2.0
"""No merge for so long, and ClickHouse has settled."""
_SETTLE_S = 30.0
_DATABASE = "ingest"


class Figures(msgspec.Struct):
    """What one way of storing took."""

    name: str
    sent: Sent
    clickhouse_s: float
    """Processor time of ClickHouse, s, until it had settled; 0 without one."""
    stored_bytes: int
    stored_spans: int
    parts: int
    """Parts that the table has in the end; 0 without ClickHouse."""
    searches: dict[str, float]
    """p95 of each kind of search, ms."""

    def row(self) -> str:
        """Return the figures in a line."""
        sent, millions = self.sent, self.sent.spans / 1e6
        clickhouse = f"{self.clickhouse_s / millions:.1f}" if self.clickhouse_s else "–"
        return (
            f"  {self.name:<30}{sent.rate:>9,.0f}{sent.processor_seconds / millions:>11.1f}"
            f"{clickhouse:>10}"
            f"{self.stored_bytes / max(1, self.stored_spans):>12.0f}"
            f"{1000 * fraction(sent.latencies, 0.5):>8.0f}"
            f"{1000 * fraction(sent.latencies, 0.99):>8.0f}"
        )


def compare(options: argparse.Namespace) -> bool:
    """Measure files and ClickHouse with the same load, print both, and return whether all that was
    acknowledged is stored."""
    if not clickhouse_server.is_installed():
        print(f"  {clickhouse_server.MISSING}")
        return False
    ok = True
    for spans_per_trace in options.spans_per_trace:
        counts = sorted({1, options.collectors})
        all_figures = [
            measure_files(options, spans_per_trace),
            *[measure_clickhouse(options, spans_per_trace, count) for count in counts],
        ]
        print(f"traces of {spans_per_trace}")
        heads = ("spans/s", "s/M coll.", "s/M CH", "bytes/span", "p50 ms", "p99 ms")
        widths = (9, 11, 10, 12, 8, 8)
        titles = "".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True))
        print(f"  {'':<30}{titles}")
        for figures in all_figures:
            print(figures.row())
            if figures.stored_spans != figures.sent.spans or figures.sent.refused:
                print(
                    f"    acknowledged {figures.sent.spans:,}, stored {figures.stored_spans:,},"
                    f" refused requests {figures.sent.refused}"
                )
                ok = ok and figures.stored_spans == figures.sent.spans
        files, one, *more = all_figures
        print(f"  search, p95 ms                {'files':>9}{'ClickHouse':>12}")
        for kind in _ASKED:
            print(f"    {kind:<28}{files.searches[kind]:>9.1f}{one.searches[kind]:>12.1f}")
        print(f"  ClickHouse has {one.parts} parts after its merges")
        for many in more:
            gain = many.sent.rate / one.sent.rate
            print(f"  {many.name}: {gain:.2f} times the spans a second of one")
    return ok


def measure_files(options: argparse.Namespace, spans_per_trace: int) -> Figures:
    """Return the figures of a collector with files of its own."""
    with tempfile.TemporaryDirectory() as folder, running_collector(folder) as collector:
        sent = _load(options, spans_per_trace, [collector])
        stored = collector.ask("/stats")["stored"]
        found = (stored["bytes"], stored["spans"], 0, _search(collector, sent))
    return Figures("files", sent, 0.0, *found)


def measure_clickhouse(
    options: argparse.Namespace, spans_per_trace: int, collectors: int
) -> Figures:
    """Return the figures of some collectors with one ClickHouse."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(clickhouse_server.running(folder))
        address = server.address(_DATABASE)
        env = {"COLLECTOR_STORE": with_password(address)}
        running = [
            stack.enter_context(running_collector(str(folder / f"collector-{number}"), env))
            for number in range(collectors)
        ]
        connection = Connection(address)
        stack.callback(connection.close)
        major, minor = server_version(connection)
        before = processor_seconds(server.pid)
        sent = _load(options, spans_per_trace, running)
        await_merges(connection)
        clickhouse_s = processor_seconds(server.pid) - before
        ((spans,),) = connection.rows("SELECT count() FROM span")
        ((size, parts),) = connection.rows(
            "SELECT sum(bytes_on_disk), count() FROM system.parts"
            " WHERE active AND database = currentDatabase() AND table = 'span'"
        )
        searches = _search(running[0], sent)
    name = f"ClickHouse {major}.{minor}, {collectors} collector" + "s" * (collectors > 1)
    return Figures(name, sent, clickhouse_s, size, spans, parts, searches)


def with_password(address: Address) -> str:
    """Return an address as a collector is told it."""
    whom = urlencode({address.user: address.password}).replace("=", ":", 1).replace("+", "%20")
    return str(address).replace("://", f"://{whom}@")


def _load(
    options: argparse.Namespace, spans_per_trace: int, collectors: list[CollectorProcess]
) -> Sent:
    """Put load on collectors; note what processor time all of them took."""
    before = sum(processor_seconds(collector.pid) for collector in collectors)
    ports = [collector.port for collector in collectors]
    sent = send(ports, options, options.format[0], spans_per_trace)
    after = sum(processor_seconds(collector.pid) for collector in collectors)
    sent.processor_seconds = after - before
    return sent


def await_merges(connection: Connection, patience_s: float = _SETTLE_S) -> None:
    """Wait until ClickHouse has been merging nothing for a while."""
    give_up = time.monotonic() + patience_s
    quiet_since = time.monotonic()
    while time.monotonic() < min(give_up, quiet_since + _QUIET_S):
        ((merges,),) = connection.rows("SELECT count() FROM system.merges")
        if merges:
            quiet_since = time.monotonic()
        time.sleep(0.1)


def _search(collector: CollectorProcess, sent: Sent) -> dict[str, float]:
    """Return p95 of each kind of search, ms."""
    p95 = {}
    for kind in _ASKED:
        query = SEARCHES[kind].format(request_id=sent.request_id)
        path = f"/api/traces?{urlencode({'q': query, 'limit': 100})}"
        seconds = [_timed(partial(collector.ask, path)) for _ in range(_ROUNDS)]
        p95[kind] = 1000 * fraction(seconds, 0.95)
    return p95


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
