"""What tracing costs the app: throughput and response times of pairings, by our tracer and others.

The app runs as real processes, one pair of services for each tracing, all started at once and asked
in turns, by visitors in a process of their own. In each round all do the same under each load, a
little at a time, so that a busy machine affects all alike. What counts is a ratio: the median over
the rounds, and the interval in which it lies with 95 % confidence. Processor time is that of both
services, with what sending the spans costs them; it is the steadiest of the figures.

Spans go to a sink, a server that reads and forgets them: what a collector costs is not the app's.
With `--collector` they go to a real one, which works on the same processors.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import NamedTuple

from bench.dials import NO_QUEUES
from bench.traced_app.ratios import Ratio, percentile, ratio
from bench.traced_app.stacks import Stack, stacks
from bench.traced_app.tracers import DDTRACE, INTERVAL_S, OPENTELEMETRY, OURS, TRACERS, WITHOUT
from bench.traced_app.visits import Visits, visit
from services.dials import DIALS
from tutor.errors import NotReadyError
from tutor.redis_server import NoRedisError

EXAMPLES = """examples:
  python -m bench.app                          six minutes, if nothing else is going on
  python -m bench.app --rounds 3               a quick look, with wide intervals
  python -m bench.app --collector              with a real collector on the same processors
  python -m bench.app --tracing "ours, all"    only this, beside no tracer at all
"""
NO_WAITS = {**{name: 0 for name in DIALS if name.endswith("_MS")}, **NO_QUEUES}
"""Dials with which the app is as fast as it can be."""
SENDING_S = 2 * INTERVAL_S
"""Seconds after the last answer in which the last spans are sent."""


class Load(NamedTuple):
    """What is asked of the app in a round, and with which dials."""

    name: str
    dials: Mapping[str, float]
    visitors: int
    pairings: int
    """Asked for by all visitors together, before it is the next app's turn."""
    turns: int = 4


PLANTED = Load("as planted, one visitor", {}, 1, 1)
LOADS = (
    Load("fast, one visitor", NO_WAITS, 1, 8),
    Load("fast, four visitors", NO_WAITS, 4, 12),
    PLANTED,
)


class Figures(NamedTuple):
    """What an app did in one round. Times are in milliseconds."""

    throughput: float
    """Pairings per second."""
    p50: float
    p99: float
    """Of fewer than a hundred pairings in a round, that of the slowest."""
    processor: float
    """Time of both services' processors for a pairing."""


BARS = (("throughput", 0.99), ("p50", 1.01))
"""The promises for our tracer, as planted, beside none: at least, and at most, this many times."""

Rounds = dict[str, list[Figures]]
"""The figures of each round, by the name of the tracing."""


def measure(apps: Sequence[Stack], load: Load, visitors: ProcessPoolExecutor) -> dict[str, Figures]:
    """Put the load on all apps, in turns; return their figures by the name of the tracing."""
    for app in apps:
        app.services.turn(load.dials)
        # The first answers after that fill pools and caches; they don't count.
        visitors.submit(visit, app.web, load.visitors, load.visitors).result()
    before_s = [app.processor_s() for app in apps]
    visits: list[list[Visits]] = [[] for _ in apps]
    for _ in range(load.turns):
        for app, seen in zip(apps, visits, strict=True):
            seen.append(visitors.submit(visit, app.web, load.visitors, load.pairings).result())
    time.sleep(SENDING_S)
    return {
        app.tracing: figures_of(seen, app.processor_s() - before)
        for app, seen, before in zip(apps, visits, before_s, strict=True)
    }


def figures_of(visits: Sequence[Visits], processor_s: float) -> Figures:
    """Return what an app did in all of its turns."""
    times_ms = [time_ms for visit in visits for time_ms in visit.times_ms]
    return Figures(
        throughput=len(times_ms) / sum(visit.seconds for visit in visits),
        p50=percentile(times_ms, 0.5),
        p99=percentile(times_ms, 0.99),
        processor=1000 * processor_s / len(times_ms),
    )


def compare(
    apps: Sequence[Stack], rounds: int, progress: Callable[[str], None]
) -> dict[str, Rounds]:
    """Put each load on all apps in each round; return the figures by the load's name.

    Who comes first changes from round to round.
    """
    measured = {load.name: {app.tracing: list[Figures]() for app in apps} for load in LOADS}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as visitors:
        for number in range(rounds):
            first = number % len(apps)
            for load in LOADS:
                figures = measure([*apps[first:], *apps[:first]], load, visitors)
                for app in apps:
                    measured[load.name][app.tracing].append(figures[app.tracing])
                said = ", ".join(f"{app.tracing} {figures[app.tracing].p50:.1f}" for app in apps)
                progress(f"  round {number + 1} of {rounds}, {load.name}, p50 in ms: {said}")
    return measured


def report(measured: dict[str, Rounds]) -> bool:
    """Print the tables and the verdicts; return whether all bars hold."""
    for load in LOADS:
        rounds = measured[load.name]
        pairings = load.turns * load.pairings
        print(f"\n{load.name}: {pairings} pairings a round each; medians of the rounds")
        _print_figures(rounds)
        _print_ratios(rounds)
    if OURS not in measured[PLANTED.name]:
        return True
    print()
    verdicts = [_verdict(measured[PLANTED.name], field, bar) for field, bar in BARS]
    return all(verdicts)


def _print_figures(rounds: Rounds) -> None:
    print(f"  {'':20} {'pairings/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>8}")
    for name, figures in rounds.items():
        throughput, p50, p99, processor = (median(values) for values in zip(*figures, strict=True))
        print(f"  {name:20} {throughput:11.1f} {p50:8.2f} {p99:8.2f} {processor:8.2f}")


def _print_ratios(rounds: Rounds) -> None:
    print(f"  {'ratios, 95 % intervals':41} " + " ".join(f"{name:<21}" for name in Figures._fields))
    pairs = [(name, WITHOUT) for name in rounds if name != WITHOUT]
    pairs += [(OURS, other) for other in (DDTRACE, OPENTELEMETRY) if {OURS, other} <= rounds.keys()]
    for one, other in pairs:
        ratios = (f"{ratio_of(rounds, one, other, field)!s:<21}" for field in Figures._fields)
        print(f"  {one:18} ÷ {other:20} " + " ".join(ratios).rstrip())


def ratio_of(rounds: Rounds, one: str, other: str, field: str) -> Ratio:
    """Return how many times the other's figure is one's, round by round."""
    return ratio(*([getattr(figures, field) for figures in rounds[name]] for name in (one, other)))


def _verdict(rounds: Rounds, field: str, bar: float) -> bool:
    """Print whether our tracer keeps a promise; return it."""
    measured = ratio_of(rounds, OURS, WITHOUT, field)
    at_least = field == "throughput"
    good = measured.median >= bar if at_least else measured.median <= bar
    print(
        f"{'PASS' if good else 'FAIL'}  {OURS}, {PLANTED.name}: {field} {measured} × {WITHOUT},"
        f" at {'least' if at_least else 'most'} {bar:g} ×"
    )
    return good


def main() -> int:
    """Measure and print; return 1 if a bar was missed, 3 if something is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.app",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=13, metavar="N", help="rounds (default: 13)")
    add("--collector", action="store_true", help="send spans to a collector, not to a sink")
    others = [name for name in TRACERS if name != WITHOUT]
    quoted = ", ".join(map(repr, others)).replace("%", "%%")
    add(
        "--tracing",
        nargs="+",
        choices=others,
        default=others,
        metavar="NAME",
        help=f"what to compare with no tracer (default: {quoted})",
    )
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the services end, too
    try:
        with stacks([WITHOUT, *options.tracing], options.collector) as apps:
            measured = compare(apps, options.rounds, lambda line: print(line, flush=True))
    except (NotReadyError, NoRedisError, RuntimeError, OSError) as problem:
        print(f"bench.app: {problem}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    return 0 if report(measured) else 1


if __name__ == "__main__":
    sys.exit(main())
