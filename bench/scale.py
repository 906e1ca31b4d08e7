"""What it takes to store 1,000, 100,000 and 10,000,000 spans a second in ClickHouse, simulated.

First it is measured on this machine what the pieces of work take. Then real runs are simulated with
that, and both are printed side by side, so that it is seen by how much the simulation is off.
Finally collectors and shards are added, for each rate, until a core of none of them is busier than
wanted, and that is simulated.
"""

from __future__ import annotations

import argparse
import math
import os
import sys

from bench.measures import fraction
from bench.scale_measured import (
    BATCH,
    STORED_SPANS,
    Run,
    Setup,
    closed,
    measure_costs,
    opened,
    running,
)
from bench.scale_model import Cell, Costs, Outcome, simulate

RATES = (1_000, 100_000, 10_000_000)
"""Spans a second."""
MAX_BUSY = 0.6
"""Share of its cores that each may need on average: the rest is for bursts, searches, repairs."""
SHARD_CORES = 16
COLLECTOR_CORES = 1
LARGEST_PART_SPANS = 2.8e9
"""Spans of a part of 150 GB, which ClickHouse merges no more."""
_CLIENTS = 8
_OPEN_RATES = (1_000, 10_000)
_SIMULATED_S = 20.0
_SIMULATED_SPANS = 20e6
"""Spans that are simulated at most."""
_EXAMPLES = """
examples:
  python -m bench.scale                 about a minute
  python -m bench.scale --seconds 20    longer runs, which vary less
"""


def main() -> int:
    """Measure, compare and simulate."""
    options = _options()
    with running() as setup:
        costs = measure_costs(setup, options.seconds)
        _print_costs(costs)
        print(f"\nmeasured and simulated; load average {os.getloadavg()[0]:.1f}")
        print(f"  {'':<40}{'spans/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'coll.':>8}{'CH':>7}")
        cores = _compare_closed(setup, costs, options)
        for rate in _OPEN_RATES:
            _compare_open(setup, costs, options, rate, cores)
    print(
        f"\nplanned so that none is busier than {MAX_BUSY:.0%}; batches of {BATCH} spans at random"
        f" moments, {SHARD_CORES} cores a shard"
    )
    for rate in RATES:
        _plan(rate, costs, options.seed)
    return 0


def _print_costs(costs: Costs) -> None:
    print("processor time, as measured on this machine")
    pieces = {
        "collector, a request": costs.take_in,
        "ClickHouse, a lookup": costs.look_up,
        "ClickHouse, an insert": costs.insert,
        "sender, a request": costs.send,
    }
    for name, cost in pieces.items():
        print(f"  {name:<24}{1e3 * cost.fixed:>7.2f} ms and {1e6 * cost.per_span:>6.2f} µs a span")
    print(f"  {'ClickHouse, a merge':<24}{'':>14}{1e6 * costs.merge_s:>6.2f} µs a span")
    print(f"  about {costs.fan_in:.1f} parts become one; lookups among {STORED_SPANS:,} spans")


def _compare_closed(setup: Setup, costs: Costs, options: argparse.Namespace) -> float:
    """Return the cores that others left."""
    run = closed(setup, options.seconds)
    cell = Cell(1, 0, run.cores, BATCH, clients=_CLIENTS, largest_part=run.spans)
    _print_both(f"{_CLIENTS} clients, as fast as they can", run, cell, costs, options.seed)
    return run.cores


def _compare_open(
    setup: Setup, costs: Costs, options: argparse.Namespace, rate: int, cores: float
) -> None:
    run = opened(setup, options.seconds, rate)
    cell = Cell(1, 0, cores, BATCH, rate=rate, largest_part=run.spans)
    _print_both(f"{rate:,} a second, at random moments", run, cell, costs, options.seed)


def _print_both(name: str, run: Run, cell: Cell, costs: Costs, seed: int) -> None:
    simulated = simulate(cell, costs, max(_SIMULATED_S, run.seconds), seed)
    measured = (
        run.rate,
        1e3 * fraction(run.latencies, 0.5),
        1e3 * fraction(run.latencies, 0.99),
        run.collector_s / run.seconds,
        run.clickhouse_s / run.seconds,
    )
    modelled = (
        simulated.rate,
        1e3 * fraction(simulated.latencies, 0.5),
        1e3 * fraction(simulated.latencies, 0.99),
        simulated.collector_busy,
        simulated.clickhouse_busy * cell.clickhouse_cores,
    )
    print(f"  {name} ({cell.clickhouse_cores:.1f} cores left by others)")
    for label, row in (("measured", measured), ("simulated", modelled)):
        print(
            f"    {label:<38}{row[0]:>10,.0f}{row[1]:>9.0f}{row[2]:>9.0f}"
            f"{row[3]:>8.2f}{row[4]:>7.2f}"
        )
    off = [f"{b / a - 1:+.0%}" if a else "–" for a, b in zip(measured, modelled, strict=True)]
    print(f"    {'off by':<38}{off[0]:>10}{off[1]:>9}{off[2]:>9}{off[3]:>8}{off[4]:>7}")


def _plan(rate: int, costs: Costs, seed: int) -> None:
    """Add collectors and shards until none is too busy, and print what it comes to."""
    per_batch = costs.take_in.of(BATCH)
    collectors = math.ceil(rate / BATCH * per_batch / MAX_BUSY)
    shards = 1
    while True:
        each = math.ceil(collectors / shards)
        largest = min(rate / shards * 86_400, LARGEST_PART_SPANS)
        cell = Cell(each, COLLECTOR_CORES, SHARD_CORES, BATCH, rate / shards, largest)
        seconds = max(1.0, min(_SIMULATED_S, _SIMULATED_SPANS / cell.rate))
        outcome = simulate(cell, costs, seconds, seed)
        if outcome.clickhouse_busy <= MAX_BUSY:
            break
        shards = max(shards + 1, math.ceil(shards * outcome.clickhouse_busy / MAX_BUSY))
    _print_plan(
        rate, shards, each, outcome, costs.rewrites(round(outcome.spans_per_insert), largest)
    )


def _print_plan(rate: int, shards: int, each: int, outcome: Outcome, rewrites: float) -> None:
    print(
        f"  {rate:>10,} spans/s: {shards} shards, {shards * each} cores of collectors;"
        f" busy {outcome.collector_busy:.0%} and {outcome.clickhouse_busy:.0%};"
        f" acknowledged p50 {1e3 * fraction(outcome.latencies, 0.5):.0f},"
        f" p99 {1e3 * fraction(outcome.latencies, 0.99):.0f} ms;"
        f" a shard has {outcome.inserts_per_s:.0f} inserts a second of"
        f" {outcome.spans_per_insert:,.0f} spans, each written {1 + rewrites:.1f} times"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.scale",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--seconds", type=float, default=8, help="seconds of each real run (default: %(default)s)")
    add("--seed", type=int, default=1, help="of what is random (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
