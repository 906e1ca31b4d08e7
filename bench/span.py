"""What one span costs the app: with our tracer, at the least, with ddtrace and OpenTelemetry."""

from __future__ import annotations

import argparse
import gc
import platform
import random
import sys
from collections.abc import Iterator
from contextvars import ContextVar, Token
from statistics import median
from time import monotonic_ns, perf_counter_ns
from typing import Any

from bench import peers
from bench.peers import Contender
from tracer.encoding import encode_chunk, join_chunks
from tracer.tracer import Tracer
from tracer.writer import HttpWriter

SPANS = 100
"""Spans in a trace: a root and its children, one after another."""

FLOOR = "floor"
FLOOR_IDS = "floor with ids"
OURS = "ours"
OURS_ENCODED = "ours, encoded"
OURS_UNSAMPLED = "ours, not sampled"
OURS_BY_RULES = "ours, not sampled by rules"
RULES = [
    {"service": "web", "resource": "GET /pair/*", "rate": 0.5, "per_second": 1},
    {"tags": {"user_agent.synthetic.type": "test"}},
    {"rate": 0},
]
"""Of which the last is the one that matches."""

BARS = (
    (OURS, 2.0, FLOOR),
    (OURS, 1 / 4, "ddtrace"),
    (OURS, 1 / 10, "OpenTelemetry SDK, batch processor"),
    (OURS_ENCODED, 3.5, FLOOR),
    (OURS_ENCODED, 1 / 2, "ddtrace, encoded by its native encoder"),
    (OURS_UNSAMPLED, 0.6, FLOOR),
    (OURS_BY_RULES, 0.6, FLOOR),
)
"""The promises: the first takes at most this many times as long as the other."""

EXAMPLES = """examples:
  python -m bench.span               the whole table, about 20 s
  python -m bench.span --rounds 3    a quick look
"""

current: ContextVar[Any] = ContextVar("current", default=None)
recorded: list[Any] = []


class FloorSpan:
    """The least a span can be: two clock reads, a context variable set and reset, an append."""

    __slots__ = ("ended", "name", "started", "token")

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> FloorSpan:
        self.token: Token[Any] = current.set(self)
        self.started = monotonic_ns()
        return self

    def __exit__(self, *exc: object) -> None:
        self.ended = monotonic_ns()
        current.reset(self.token)
        recorded.append(self)


class FloorSpanWithIds(FloorSpan):
    """A floor span with ids, a parent and a check for errors."""

    __slots__ = ("error", "parent_id", "span_id", "trace_id")

    def __init__(self, name: str) -> None:
        self.name = name
        parent = current.get()
        self.trace_id = parent.trace_id if parent else random.getrandbits(128)
        self.parent_id = parent.span_id if parent else 0
        self.span_id = random.getrandbits(64)
        self.error = 0

    def __exit__(self, *exc: object) -> None:
        self.ended = monotonic_ns()
        if exc[1] is not None:
            self.error = 1
        current.reset(self.token)
        recorded.append(self)


class QueueOnly(HttpWriter):
    """Our writer with its queue, but without its thread."""

    def _start_thread(self) -> None:
        pass

    def clear(self) -> None:
        """Discard what is queued."""
        self._queue.clear()
        self._queued = 0

    def encode(self) -> None:
        """Encode what is queued, as the thread would."""
        assert join_chunks([encode_chunk(item) for item in self._queue if isinstance(item, list)])


def ours() -> Iterator[Contender]:
    """Yield our own tracer, sampling all or nothing, by a rate or by rules."""
    writer = QueueOnly("http://127.0.0.1:9")
    sampled, unsampled = Tracer(writer), Tracer(writer)
    sampled.configure(sampling=1)
    unsampled.configure(sampling=0)
    yield Contender(OURS, sampled.trace, writer.clear)
    yield Contender(OURS_ENCODED, sampled.trace, writer.clear, encode=writer.encode)
    yield Contender(OURS_UNSAMPLED, unsampled.trace, writer.clear)
    by_rules = Tracer(writer)
    by_rules.configure(sampling=RULES)
    yield Contender(OURS_BY_RULES, by_rules.trace, writer.clear)


def contenders() -> tuple[list[Contender], list[str]]:
    """Return the contenders, and a line for each peer that is missing."""
    present = [
        Contender(FLOOR, FloorSpan, recorded.clear),
        Contender(FLOOR_IDS, FloorSpanWithIds, recorded.clear),
        *ours(),
    ]
    missing = []
    for peer in (peers.ddtrace, peers.opentelemetry):
        try:
            present += peer()
        except ImportError as error:
            missing.append(f"{peer.__name__} skipped: {error} (pip install -e '.[peers]')")
    return present, missing


def measure(contender: Contender, traces: int) -> float:
    """Return nanoseconds per span, measured over `traces` traces."""
    start = contender.start
    children = range(SPANS - 1)
    contender.prepare()
    gc.collect()  # so that nobody pays for the garbage of others
    start_ns = perf_counter_ns()
    for _ in range(traces):
        with start("root"):
            for _ in children:
                with start("child"):
                    pass
    contender.encode()
    taken_ns = perf_counter_ns() - start_ns
    contender.forget()
    return taken_ns / (traces * SPANS)


def ratio(figures: dict[str, list[float]], name: str, other: str) -> float:
    """Return how many times as long as `other` one takes, as the median of all rounds.

    The ratio is taken in each round, so that a busy machine affects both.
    """
    return median(ours / theirs for ours, theirs in zip(figures[name], figures[other], strict=True))


def report(figures: dict[str, list[float]]) -> bool:
    """Print the table and the verdicts; return whether all bars hold."""
    width = max(map(len, figures))
    print(f"{'':{width}}  ns/span  × floor")
    for name, nanoseconds in figures.items():
        print(f"{name:{width}}  {median(nanoseconds):7,.0f}  {ratio(figures, name, FLOOR):7.2f}")
    print()
    good = True
    for name, bar, other in BARS:
        if other not in figures:
            print(f"skip  {name}: at most {bar:g} × {other}, which is not installed")
            continue
        measured = ratio(figures, name, other)
        good = good and measured <= bar
        verdict = "PASS" if measured <= bar else "FAIL"
        print(f"{verdict}  {name}: {measured:.3f} × {other}, at most {bar:g} ×")
    return good


def main() -> int:
    """Measure and print; return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.span",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds (default: 15)")
    parser.add_argument(
        "--traces", type=int, default=100, help="traces of 100 spans each (default: 100)"
    )
    options = parser.parse_args()
    if options.rounds < 1 or options.traces < 1:
        parser.error("--rounds and --traces are at least 1")
    entrants, missing = contenders()
    for line in missing:
        print(line)
    print(
        f"Python {platform.python_version()}, {options.rounds} rounds of {options.traces} traces,"
    )
    print(f"each a root with {SPANS - 1} children one after another; medians.\n")
    for contender in entrants:
        measure(contender, max(1, options.traces // 10))  # warm up
    gc.freeze()  # the garbage collector need not traverse the peers' modules
    figures: dict[str, list[float]] = {contender.name: [] for contender in entrants}
    for _ in range(options.rounds):
        for contender in entrants:
            figures[contender.name].append(measure(contender, options.traces))
    return 0 if report(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
