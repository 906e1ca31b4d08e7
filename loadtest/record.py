"""record: a run as it is stored, put together from what was counted. docs/api.md describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from loadtest.histogram import WIDTH, Histogram, merged
from loadtest.tally import Count, Sample, Tally

SHARES = (1, 5, *range(10, 100, 5), 96, 97, 98, 99, 99.5, 99.9)
"""The percentiles that are kept, of all requests and of each route."""

HOW = {
    "percentiles": f"nearest rank in bins that are {WIDTH - 1:.0%} wide (loadtest.histogram)",
    "throughput": "answers a second, counted in all whole seconds but the last; a route has the"
    " share of it that it has of the requests",
    "levels": "whole seconds in which as many visitors were wanted, without the first second of"
    " each level that lasted for more than two; answers are counted in the second in which they"
    " came",
    "duration": "closed mode: from sending the request to the last byte of its answer; open mode:"
    " from when the request was due",
}


def record(
    tally: Tally, wanted: Mapping[int, int], began: int, seconds: float, **known: Any
) -> dict[str, Any]:
    """The record of a run that `began` then (ns since 1970) and lasted for so many `seconds`.

    `wanted` says how many visitors there should have been in each second since 1970; `known` is
    added as it is. Times are in ns.
    """
    whole = Count()
    for count in tally.routes.values():
        whole.merge(count)
    within = [tally.seconds.get(second, Count()).times.count for second in sorted(wanted)[:-1]]
    rate = sum(within) / len(within) / whole.times.count if sum(within) else 0
    return {
        "began": str(began),
        "seconds": round(seconds, 3),
        **known,
        "unsent": tally.unsent,
        "total": _route("", whole, rate),
        "routes": [
            _route(name, count, rate)
            for name, count in sorted(tally.routes.items(), key=lambda item: -item[1].times.total)
        ],
        "timeline": [
            _second(second - began // 1_000_000_000, wanted[second], tally.seconds.get(second))
            for second in sorted(wanted)
        ],
        "levels": [_level(*each) for each in _levels(tally.seconds, wanted)],
        "errors": [
            dict(
                zip(("name", "error"), key.split("\n", 1), strict=True),
                count=failure.count,
                trace_id=failure.trace_id,
            )
            for key, failure in sorted(tally.failures.items(), key=lambda item: -item[1].count)
        ],
        "slowest": [_sample(sample) for sample in tally.slowest],
        "failed": [_sample(sample) for sample in tally.failed],
        "how": HOW,
    }


def _route(name: str, count: Count, rate: float) -> dict[str, Any]:
    """One route; `rate` is what each of its requests stands for, a second."""
    times = count.times
    return {
        "name": name,
        "requests": times.count,
        "failed": count.failed,
        "planted": count.planted,
        "throughput": round(times.count * rate, 3),
        **_figures(times),
        "p99": times.quantile(0.99),
        "mean": times.mean,
        "max": times.longest if times.count else None,
        "percentiles": [[share, times.quantile(share / 100)] for share in SHARES if times.count],
    }


def _figures(times: Histogram) -> dict[str, float | None]:
    return {"p50": times.quantile(0.5), "p95": times.quantile(0.95)}


def _second(at: int, users: int, count: Count | None) -> dict[str, Any]:
    """One second of the run, `at` so many seconds after its beginning."""
    count = count or Count()
    return {
        "second": at,
        "users": users,
        "requests": count.times.count,
        "failed": count.failed,
        **_figures(count.times),
    }


def _levels(
    seconds: Mapping[int, Count], wanted: Mapping[int, int]
) -> Iterable[tuple[int, list[Count]]]:
    """The levels, fewest visitors first: each number of visitors with the seconds that count.
    The last second of a run was cut off, and does not."""
    found: dict[int, list[Count]] = {}
    for users, group in groupby(sorted(wanted)[:-1], key=wanted.__getitem__):
        whole = list(group)
        for second in whole[1:] if len(whole) > 2 else whole:
            found.setdefault(users, []).append(seconds.get(second, Count()))
    return sorted((users, counts) for users, counts in found.items() if users)


def _level(users: int, counts: list[Count]) -> dict[str, Any]:
    times = merged(count.times for count in counts)
    return {
        "users": users,
        "seconds": len(counts),
        "requests": times.count,
        "failed": sum(count.failed for count in counts),
        "throughput": round(times.count / len(counts), 3),
        **_figures(times),
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {**msgspec.to_builtins(sample), "start": str(sample.start)}
