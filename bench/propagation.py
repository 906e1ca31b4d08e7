"""What a request costs and keeps by what it carries: ids only, a logical clock, a history as well.

The costs are those of tracing one call in both processes (`bench.remote_call`). The relations that
survive when spans are lost are those of random distributed runs (`bench.lost_relations`).
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
from statistics import median

from bench.lost_relations import KINDS, Requests
from bench.remote_call import Carried, RemoteCall

LOST = (0.0, 0.01, 0.1)
"""Shares of the spans that are lost on the way."""
CLOCK_BAR = 0.10
"""The most that logical clocks may add to what tracing a remote call costs."""

EXAMPLES = """examples:
  python -m bench.propagation               the whole table, about 10 s
  python -m bench.propagation --rounds 5    a quick look
"""

UNTRACED = "no trace at all"
IDS = "id only"
CLOCK = "+ logical clock"
CARRIED = (
    Carried(UNTRACED, {"enabled": False, "logical_clock": False, "history": False}),
    Carried(IDS, {"enabled": True, "logical_clock": False, "history": False}),
    Carried(CLOCK, {"enabled": True, "logical_clock": True, "history": False}),
    # A root and the call itself are part of each history.
    Carried("+ history of 10", {"enabled": True, "logical_clock": False, "history": True}, 8),
    Carried("+ history of 170", {"enabled": True, "logical_clock": False, "history": True}, 168),
)


def costs(rounds: int, calls: int) -> bool:
    """Measure and print what carrying costs; return whether the bar holds."""
    remote = RemoteCall()
    figures: dict[str, list[float]] = {carried.name: [] for carried in CARRIED}
    sizes: dict[str, int] = {}
    for carried in CARRIED:
        remote.nanoseconds(carried, 10)  # warm up
        sizes[carried.name] = remote.header_bytes
    gc.freeze()
    for _ in range(rounds):
        for carried in CARRIED:
            gc.collect()
            figures[carried.name].append(remote.nanoseconds(carried, calls))
    base = figures[UNTRACED]
    tracing = {
        name: [taken - without for taken, without in zip(each, base, strict=True)]
        for name, each in figures.items()
    }
    print(f"{'':18} {'bytes a request':>16} {'ns a call':>10} {'× id only':>10}")
    for name, each in tracing.items():
        if name != UNTRACED:
            size = sizes[name] - sizes[UNTRACED]
            print(f"{name:18} {size:16,} {median(each):10,.0f} {_ratio(tracing, name):10.2f}")
    added = _ratio(tracing, CLOCK) - 1
    verdict = "PASS" if added < CLOCK_BAR else "FAIL"
    print(f"\n{verdict}  a logical clock adds {added:.1%} to a call, less than {CLOCK_BAR:.0%}\n")
    return added < CLOCK_BAR


def _ratio(figures: dict[str, list[float]], name: str) -> float:
    """Return how many times as long it takes as ids alone: the median of all rounds, in each of
    which a busy machine affects both."""
    return median(one / other for one, other in zip(figures[name], figures[IDS], strict=True))


def relations(number: int) -> None:
    """Print which relations are known from what was not lost."""
    requests = Requests(number)
    print("known of what is true / true of what is claimed, between the spans that arrived:")
    print(f"{'':18} {'lost':>5} {'ancestors':>17} {'order':>17}")
    for lost in LOST:
        for kind in KINDS:
            scores = requests.scores(kind, lost)
            cells = [f"{each.recall:8.1%} {each.precision:8.1%}" for each in scores.values()]
            print(f"{kind.name:18} {lost:5.0%} {cells[0]} {cells[1]}")


def main() -> int:
    """Measure and print; return 1 if the bar was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.propagation",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=100, help="interleaved rounds (default: 100)")
    parser.add_argument("--calls", type=int, default=200, help="calls a round (default: 200)")
    parser.add_argument("--runs", type=int, default=100, help="random requests (default: 100)")
    options = parser.parse_args()
    if min(options.rounds, options.calls, options.runs) < 1:
        parser.error("--rounds, --calls and --runs are at least 1")
    print(
        f"Python {platform.python_version()}, {options.rounds} rounds of {options.calls} calls:"
        " client span, headers, server span, answer; medians.\n"
    )
    good = costs(options.rounds, options.calls)
    relations(options.runs)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
