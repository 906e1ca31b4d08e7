"""Durable, indexed spans per second of the collector, beside a sink that only keeps requests.

A real collector process, real HTTP on loopback, and a sender in its own process. Afterwards the
collector is asked for the spans that it acknowledged.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from bench import ingest_clickhouse, receiver_processes
from bench.collector_process import CollectorProcess, running_collector
from bench.measures import fraction, processor_seconds, resident_megabytes
from bench.payloads import PAYLOADS
from bench.sender import Sent, send

_EXAMPLES = """
examples:
  python -m bench.ingest                        12 s each of 32-span and of one-span traces
  python -m bench.ingest --seconds 20 --connections 4
  python -m bench.ingest --format otlp zipkin   OTLP's protobuf and Zipkin's JSON, beside Datadog's
  python -m bench.ingest --tail                 by way of tail sampling, too
  python -m bench.ingest --store clickhouse --collectors 2 --spans-per-trace 32
                                                one and two collectors with a ClickHouse
  python -m bench.ingest --receivers 1 2        with one process and with two receiver processes
"""

TAIL_WAIT_S = 1.0
"""How long traces are held in this benchmark: most of the decisions then fall in its time."""
TAILS: dict[str, list[dict[str, object]]] = {
    "what the usual policies say": [
        {"keep": "priority"},
        {"keep": "error"},
        {"keep": "slow"},
        {"keep": "rare"},
        {"keep": "sample", "rate": 0.1},
    ],
    "everything": [{"keep": "sample", "rate": 1}],
}
"""Policies to measure with, by what they keep."""


def main() -> int:
    """Run the benchmark; return 1 if not all acknowledged spans were stored."""
    options = _options()
    print(f"sending for {options.seconds} s each, {options.connections} connections, ", end="")
    print(f"batches of {options.batch} spans")
    if options.store == "clickhouse":
        return 0 if ingest_clickhouse.compare(options) else 1
    if options.receivers:
        return 0 if receiver_processes.compare(options) else 1
    ok = True
    sink = _measure_sink(options)
    print(f"  in-memory sink         {sink.rate:>10,.0f} spans/s")
    for spans_per_trace in options.spans_per_trace:
        all_sent = {}
        for form in dict.fromkeys(("datadog", *options.format)):
            sent, whole = _measure_collector(options, form, spans_per_trace, sink)
            all_sent[form] = sent
            ok = whole and ok
        for name, policies in TAILS.items() if options.tail else ():
            sent, whole = _measure_collector(options, "datadog", spans_per_trace, sink, policies)
            without = all_sent["datadog"]
            print(
                f"    a tail that keeps {name}: {sent.rate / without.rate:.2f} of the rate without,"
                f" {sent.rate_of_processor / without.rate_of_processor:.2f} by processor time"
            )
            ok = whole and ok
        for form in options.format:
            if form != "datadog":
                this, datadog = all_sent[form], all_sent["datadog"]
                by_processor = this.rate_of_processor / datadog.rate_of_processor
                print(
                    f"    {form}: {this.rate / datadog.rate:.2f} of Datadog's format,"
                    f" {by_processor:.2f} by processor time"
                )
    return 0 if ok else 1


def _measure_collector(
    options: argparse.Namespace,
    form: str,
    spans_per_trace: int,
    sink: Sent,
    policies: list[dict[str, object]] | None = None,
) -> tuple[Sent, bool]:
    """Put load on a new collector in this format, and let it sample by policies if there are some;
    return the load, and whether all of it was stored or dropped by a decision."""
    with tempfile.TemporaryDirectory() as folder:
        if policies:
            settings = json.dumps({"wait_s": TAIL_WAIT_S, "policies": policies})
            Path(folder, "tail-sampling.json").write_text(settings)
        with running_collector(folder) as collector:
            before = processor_seconds(collector.pid)
            sent = send([collector.port], options, form, spans_per_trace)
            if policies:
                sent.seconds += _wait_for_decisions(collector)
            sent.processor_seconds = processor_seconds(collector.pid) - before
            busy = sent.processor_seconds / sent.seconds
            resident = resident_megabytes(collector.pid)
            stored = collector.ask("/stats")["stored"]
            summary = collector.ask("/api/summary")
            dropped = collector.ask("/api/sampling")["tail"]["dropped"]["spans"]
    label = f"{form}, {spans_per_trace:>2} a trace"
    print(
        f"  {label:<20} {sent.rate:>12,.0f} durable indexed spans/s"
        f"   {sent.rate / sink.rate:.2f} of the sink   {busy:.2f} processors"
        f"   {resident:.0f} MB   request p50 {1000 * fraction(sent.latencies, 0.5):.1f}"
        f" p99 {1000 * fraction(sent.latencies, 0.99):.1f} ms"
        f"   {stored['bytes'] / stored['spans']:.0f} bytes a span"
    )
    whole = stored["spans"] + dropped == sent.spans and stored["spans"] == summary["spans"]
    print(
        f"    acknowledged {sent.spans:,}, stored {stored['spans']:,}, dropped {dropped:,},"
        f" found by search {summary['spans']:,} in {summary['traces']:,} traces;"
        f" refused requests {sent.refused}" + ("" if whole else "   NOT ALL THERE")
    )
    return sent, whole


def _wait_for_decisions(collector: CollectorProcess) -> float:
    """Wait until everything is decided; return how many seconds later that was than it had to
    be."""
    begin = time.perf_counter()
    while collector.ask("/api/sampling")["tail"]["held"]["traces"]:
        time.sleep(0.05)
    return max(0.0, time.perf_counter() - begin - TAIL_WAIT_S)


def _measure_sink(options: argparse.Namespace) -> Sent:
    """Put the same load on a server that reads requests and keeps the newest in memory."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_sink, args=(sender,))
    process.start()
    try:
        return send([receiver.recv()], options, "datadog", options.spans_per_trace[0])
    finally:
        process.terminate()
        process.join()


def _sink(report: Connection) -> None:
    kept: deque[bytes] = deque(maxlen=1000)

    class Sink(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_PUT(self) -> None:
            kept.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    report.send(server.server_port)
    server.serve_forever()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.ingest",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--seconds", type=float, default=12, help="seconds of load each (default: %(default)s)")
    add("--connections", type=int, default=8, help="concurrent connections (default: %(default)s)")
    add("--batch", type=int, default=512, help="spans per request (default: %(default)s)")
    add(
        "--format",
        nargs="+",
        choices=PAYLOADS,
        default=["datadog"],
        help="formats to send in, beside Datadog's (default: datadog)",
    )
    add("--tail", action="store_true", help="also by way of tail sampling")
    add(
        "--store",
        choices=["files", "clickhouse"],
        default="files",
        help="clickhouse: with a ClickHouse, which is started for it, beside files; in the first"
        " of the formats (default: files)",
    )
    add("--collectors", type=int, default=1, help="as many with the ClickHouse, too (default: 1)")
    add(
        "--receivers",
        type=int,
        nargs="+",
        metavar="N",
        help="compare collectors with so many receiver processes, interleaved, in Datadog's format"
        " and traces of the first --spans-per-trace",
    )
    add("--rounds", type=int, default=3, help="of that comparison (default: %(default)s)")
    add("--spans-per-trace", type=int, nargs="+", default=[32, 1], help="(default: 32 1)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
