"""What the analysis of stored traces costs: one big trace, and thousands of small ones."""

from __future__ import annotations

import argparse
import platform
import random
import sys
from collections.abc import Callable
from functools import partial
from statistics import median
from time import process_time
from typing import TypeVar

import msgspec

from collector.analysis.change import Change
from collector.analysis.compare import compare
from collector.analysis.critical_path import critical_path
from collector.analysis.detectors import detect
from collector.analysis.fold import Fold, fold_trace
from collector.analysis.graph_summary import summarize_fold
from collector.analysis.self_time import self_times
from collector.analysis.span_keys import BY_OPERATION, BY_PATH, BY_SERVICE, Keying, Operation
from collector.analysis.trace import Trace, read_trace
from collector.analysis.tree import build_tree
from collector.analysis.what_if import predict
from collector.model import Span

T = TypeVar("T")
MS = 1_000_000
FOLDS_AT_ONCE = 16
"""Folds that are added up together, as the collector does it."""
START_NS = 1_700_000_000_000_000_000

EXAMPLES = """examples:
  python -m bench.analysis                  the whole table, about 40 s
  python -m bench.analysis --traces 1000    a quick look
"""


def pairing(rng: random.Random) -> list[Span]:
    """Return a trace of 30 spans like that of `/pair/beer`.

    It has a comb of queries, a comb of Redis commands, and three calls to the taster.
    """
    spans: list[Span] = []

    def add(
        parent: int, start_ms: float, ms: float, service: str, what: str, kind: str = ""
    ) -> int:
        name, type_, resource = what.split("|")
        tags: dict[str, str | int | float] = {"span.kind": kind} if kind else {}
        if type_ == "http":
            tags["http.response.status_code"] = "200"
        start, duration = START_NS + int(start_ms * MS), int(ms * MS)
        span_id = rng.getrandbits(63) | 1
        spans.append(
            Span(span_id, parent, service, name, resource, type_, start, duration, 0, tags)
        )
        return span_id

    def about(milliseconds: float) -> float:
        return milliseconds * rng.uniform(0.9, 1.1)

    root = add(0, 0, about(250), "locust", "locust.request|http|GET /pair/beer", "client")
    web = add(root, 1, about(240), "web", "flask.request|http|GET /pair/beer", "server")
    beer = add(web, 2, 4, "db", "beer.query||beer.query")
    add(beer, 3, about(2), "db", "sqlalchemy.query|sql|SELECT beer WHERE name = ?")
    donuts = add(web, 7, 20, "db", "donuts.query||donuts.query")
    for at in range(8, 26, 3):
        add(donuts, at, about(2), "db", "sqlalchemy.query|sql|SELECT baker WHERE id = ?")
    match = add(web, 30, about(200), "web", "match||match")
    for at in range(31, 37):
        add(match, at, about(0.8), "redis", "redis.command|redis|GET")
    for at in range(40, 190, 50):
        call = add(match, at, about(40), "web", "requests.request|http|GET /taste", "client")
        taster = add(call, at + 6, about(30), "taster", "flask.request|http|GET /taste", "server")
        add(taster, at + 7, about(0.1), "taster", "palate.wait||palate.wait")
        add(taster, at + 8, about(25), "taster", "palate.taste||palate.taste")
    return spans


def big(size: int, rng: random.Random) -> list[Span]:
    """Return one trace of many spans: a job that makes one pairing after another.

    Its spans are in the order in which they end, as they arrive.
    """
    job = Span(1, 0, "web", "job", "job", "", START_NS, size * 10 * MS)
    spans = [job]
    while len(spans) < size:
        root, *rest = pairing(rng)
        root.parent_id = job.span_id
        shift = len(spans) * 9 * MS
        for span in (root, *rest):
            span.start += shift
            spans.append(span)
    return sorted(spans[:size], key=lambda span: span.end)


def chain(size: int) -> list[Span]:
    """Return a trace in which each span is the parent of the next."""
    return [
        Span(i, i - 1, "web", "work", "work", "", START_NS + i, 10**9 - 2 * i)
        for i in range(1, size + 1)
    ]


def timed(what: str, work: Callable[[], T], count: int = 0) -> tuple[T, float]:
    """Do some work and print its processor time, in total and for each of `count` things.

    Return its result and the seconds.
    """
    started = process_time()
    result = work()
    seconds = process_time() - started
    per_thing = f"{seconds / count * 1e6:10.1f} µs each" if count else ""
    print(f"  {what:54} {seconds * 1000:8,.0f} ms{per_thing}", flush=True)
    return result, seconds


def one_trace(size: int, rounds: int) -> float:
    """Measure one big trace; return the median of the seconds for its tree and self times."""
    spans = big(size, random.Random(1))
    print(f"one trace of {size:,} spans")
    both_seconds = []
    for _ in range(rounds):
        tree, building = timed("tree", lambda: build_tree(spans))
        _, sweeping = timed("self times", partial(self_times, tree))
        both_seconds.append(building + sweeping)
    timed("critical path", lambda: critical_path(tree))
    deep = chain(size // 2)
    print(f"one chain {size // 2:,} deep")
    timed("tree, self times, critical path", lambda: read_trace("0" * 32, deep))
    return median(both_seconds)


def many_traces(count: int, rounds: int) -> float:
    """Measure many traces of 30 spans; return the median of the seconds to add up their folds."""
    rng = random.Random(1)
    raw = [(f"{number:032x}", pairing(rng)) for number in range(count)]
    print(f"{count:,} traces of {len(raw[0][1])} spans")
    traces, _ = timed("read: tree, self times, critical times", lambda: _read(raw), count)
    for name, keying in (("operation", BY_OPERATION), ("service", BY_SERVICE), ("path", BY_PATH)):
        folds, _ = timed(f"fold each by {name}", partial(_folds, traces, keying), count)
    encoded = [msgspec.msgpack.encode(fold) for fold in folds]
    print(f"  an encoded fold has {sum(map(len, encoded)) / count:,.0f} bytes")
    adding = []
    for _ in range(rounds):
        _, seconds = timed("decode folds and add them up", lambda: _add(encoded), count)
        adding.append(seconds)
    total = _add(encoded)
    timed("summarize", lambda: summarize_fold(total))
    timed("compare two such sets", lambda: compare(total, total))
    first_1000 = traces[:1000]
    taste = Operation("taster", "palate.taste", "palate.taste")
    halved = [Change(taste, "scale", 0.5)]
    timed("what if: replay", lambda: predict(first_1000, halved), len(first_1000))
    timed("detectors", lambda: [detect(trace) for trace in first_1000], len(first_1000))
    return median(adding)


def _read(raw: list[tuple[str, list[Span]]]) -> list[Trace]:
    return [read_trace(trace_id, spans) for trace_id, spans in raw]


def _folds(traces: list[Trace], keying: Keying) -> list[Fold]:
    return [fold_trace(trace, keying) for trace in traces]


def _add(encoded: list[bytes]) -> Fold:
    decoder = msgspec.msgpack.Decoder(Fold)
    total = Fold()
    for begin in range(0, len(encoded), FOLDS_AT_ONCE):
        total.add_all([decoder.decode(fold) for fold in encoded[begin : begin + FOLDS_AT_ONCE]])
    return total


def verdict(what: str, seconds: float, bar: float) -> bool:
    """Print and return whether something was fast enough."""
    good = seconds <= bar
    word = "PASS" if good else "FAIL"
    print(f"{word}  {what}: {seconds * 1000:,.0f} ms, at most {bar * 1000:,.0f} ms")
    return good


def main() -> int:
    """Measure and print; return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.analysis",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--traces", type=int, default=10_000, help="small traces (default: 10,000)")
    parser.add_argument(
        "--spans", type=int, default=100_000, help="spans of the big trace (default: 100,000)"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="repetitions of what has a bar (default: 5)"
    )
    options = parser.parse_args()
    if min(options.traces, options.spans, options.rounds) < 1:
        parser.error("--traces, --spans and --rounds are at least 1")
    python = platform.python_version()
    print(f"Python {python}; processor time, medians of {options.rounds} where there is a bar\n")
    adding = many_traces(options.traces, options.rounds)
    opening = one_trace(options.spans, options.rounds)
    print()
    aggregated = verdict(f"aggregate {options.traces:,} traces", adding, options.traces / 10_000)
    opened = verdict("tree and self times of the big trace", opening, options.spans * 1.5e-6)
    return 0 if aggregated and opened else 1


if __name__ == "__main__":
    sys.exit(main())
