"""How long searches and aggregates take as the store grows.

Every kind of search is measured at each size, and finally the aggregates of the newest 10,000
traces. A real collector process is filled through its API, and queried over HTTP as by the UI.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlencode

from bench.measures import fraction, processor_seconds, resident_megabytes
from bench.payloads import Payload

BAR_MS = 300
"""Bound for 95 of 100 searches of each kind, and for aggregates when they are repeated."""
SMALL_SPANS, SMALL_BAR_MS = 400_000, 30
"""Up to so many spans, and the bound for 95 of 100 searches of each kind among them."""
FIRST_BAR_MS = 1_000
"""Bound for aggregates of 10,000 traces when they are requested for the first time."""
UNPREPARED_QUERY = "-http.response.status_code:404"
"""Selects traces whose sums the collector has not prepared; each has a digest, though."""
AGGREGATES = {
    "graph by operation": ("/api/graph", {"by": "operation", "q": UNPREPARED_QUERY}),
    "calling tree": ("/api/graph", {"by": "path", "q": UNPREPARED_QUERY}),
    "map": ("/api/map", {"q": UNPREPARED_QUERY}),
    "series": ("/api/series", {"q": UNPREPARED_QUERY}),
    "routes": ("/api/routes", {"q": UNPREPARED_QUERY}),
    "compare": ("/api/compare", {"a_q": UNPREPARED_QUERY, "b_q": ""}),
    "what if": ("/api/what-if", {"q": UNPREPARED_QUERY}),
}
DIGESTS_TIMEOUT_S = 240
"""Seconds that the collector may take to read 20,000 traces in the background."""

SEARCHES = {
    "everything": "",
    "a service": "service:taster",
    "a rare tag": "request.id:{request_id}",
    "a common tag": "version:step-10",
    "a tag's beginning": "server.address:10*",
    "a word": "pair",
    "trace duration": "duration:>40ms",
    "errors": "error:1",
    "root and status": 'root.resource:"GET /pair/beer" http.response.status_code:404',
    "either or not": "(service:redis OR service:db) -error:1",
    "nothing": "service:nobody",
    "one span": "{{service:db span.duration:>49ms}}",
    "one span by a tag": "{{version:step-10 span.duration:>49ms}}",
    "one by a rare tag": "{{rows:50 span.duration:>1ms}}",
    "root duration": "root.duration:>20ms",
    "route errors": "route.error:1",
}
_EXAMPLES = """
examples:
  python -m bench.query                                 10,000 to 1,000,000 spans
  python -m bench.query --sizes 10000 100000 1000000 10000000
  python -m bench.query --spans-per-trace 1             the hardest: one span per trace
"""


def main() -> int:
    """Run the benchmark; return 1 if a bar is missed."""
    options = _options()
    ok = True
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "collector", "--port", "0", "--data", folder]
        command += ["--max-spans", str(2 * max(options.sizes))]
        collector = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert collector.stdout is not None
            port = int(collector.stdout.readline().rsplit(":", 1)[1])
            connection = http.client.HTTPConnection("127.0.0.1", port)
            payload = Payload(512, options.spans_per_trace)
            spans = 0
            for size in sorted(options.sizes):
                rate, spans = _fill(connection, payload, spans, size)
                print(f"{spans:,} spans, the last of them at {rate:,.0f} per second", flush=True)
                bar = SMALL_BAR_MS if spans <= SMALL_SPANS else BAR_MS
                ok = _measure(connection, payload, collector.pid, options.rounds, bar) and ok
                if size == max(options.sizes):
                    ok = _aggregate(connection, collector.pid, options.rounds) and ok
                print(f"  the collector has {resident_megabytes(collector.pid):.0f} MB")
            connection.close()
        finally:
            collector.terminate()
            collector.wait(20)
    return 0 if ok else 1


def _fill(
    connection: http.client.HTTPConnection, payload: Payload, spans: int, size: int
) -> tuple[float, int]:
    """Send spans until there are `size`; return the spans per second, and how many there are."""
    rng = random.Random(spans)
    begin, before = time.perf_counter(), spans
    while spans < size:
        headers = {"Content-Type": "application/msgpack"}
        connection.request("PUT", "/v0.4/traces", payload.fresh(rng), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        spans += payload.spans
    return (spans - before) / (time.perf_counter() - begin), spans


def _measure(
    connection: http.client.HTTPConnection, payload: Payload, pid: int, rounds: int, bar: float
) -> bool:
    """Time every kind of search in every order; return whether the bar (ms) holds for each."""
    slowest = 0.0
    for name, text in SEARCHES.items():
        ms = []
        busy = processor_seconds(pid)
        for number in range(rounds):
            order = ("newest", "slowest")[number % 2]
            query = text.format(request_id=payload.last_request_id)
            ms.append(_ask(connection, "/api/traces", q=query, order=order))
        busy = 1000 * (processor_seconds(pid) - busy) / rounds
        p95 = fraction(ms, 0.95)
        slowest = max(slowest, p95)
        print(
            f"  {name:<18} p50 {fraction(ms, 0.5):>7.1f} ms   p95 {p95:>7.1f} ms"
            f"   most {max(ms):>7.1f} ms   (of a processor {busy:>5.1f})"
        )
    for path in ("/api/services", "/api/operations", "/api/summary"):
        ms = [_ask(connection, path) for _ in range(max(3, rounds // 4))]
        print(f"  {path:<18} p50 {fraction(ms, 0.5):>7.1f} ms   most {max(ms):>7.1f} ms")
    verdict = "holds" if slowest < bar else "MISSES"
    load = os.getloadavg()[0]
    print(
        f"  each search        p95 {slowest:>7.1f} ms or less   {verdict} the bar of {bar} ms;"
        f" load average {load:.1f}"
    )
    return slowest < bar


def _aggregate(connection: http.client.HTTPConnection, pid: int, rounds: int) -> bool:
    """Time the aggregates of the newest traces, twice; return whether the bars hold."""
    waited = _await_digests(connection)
    load = os.getloadavg()[0]
    print(f"  digests made in the background {waited:.0f} s later; load average {load:.1f}")
    ok = True
    for name, (path, parameters) in AGGREGATES.items():
        busy = processor_seconds(pid)
        first = _ask(connection, path, **parameters)
        busy = 1000 * (processor_seconds(pid) - busy)
        again = [_ask(connection, path, **parameters) for _ in range(max(3, rounds // 4))]
        good = first < FIRST_BAR_MS and fraction(again, 0.95) < BAR_MS
        ok = ok and good
        print(
            f"  {name:<18} first {first:>5,.0f} ms (of a processor {busy:>5,.0f})"
            f"   again p50 {fraction(again, 0.5):>5,.0f} ms"
            f"   most {max(again):>5,.0f} ms   {'holds' if good else 'MISSES'}"
        )
    print(f"  of {_folded(connection)}; bars {FIRST_BAR_MS:,} ms and {BAR_MS} ms")
    return ok


def _await_digests(connection: http.client.HTTPConnection) -> float:
    """Wait until the collector has made all digests in the background; return the seconds."""
    begin = time.perf_counter()
    while time.perf_counter() < begin + DIGESTS_TIMEOUT_S:
        connection.request("GET", "/stats")
        if not json.load(connection.getresponse())["digests"]["waiting"]:
            break
        time.sleep(0.5)
    return time.perf_counter() - begin


def _folded(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", f"/api/routes?{urlencode({'q': UNPREPARED_QUERY})}")
    return str(json.load(connection.getresponse())["sample"]["how"])


def _ask(connection: http.client.HTTPConnection, path: str, **parameters: str) -> float:
    """Send a request; return the milliseconds until the whole response is there."""
    begin = time.perf_counter()
    connection.request("GET", f"{path}?{urlencode(parameters)}")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return 1000 * (time.perf_counter() - begin)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.query",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], metavar="SPANS")
    add("--rounds", type=int, default=20, help="repetitions of each search (default: %(default)s)")
    add("--spans-per-trace", type=int, default=32, help="(default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
