"""Simulated apps: requests whose traces are known, and what they would take with a change.

A request draws what everything in it takes. `trace` lays that out as an app would run it; the other
functions run the changed app, each in the plainest way, and share no code with the replay.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from collector.analysis.trace import Trace, read_trace
from tests.collector.analysis.traces import span

SPREAD = 0.5
"""Sigma of the lognormal distribution that all times are drawn from."""


@dataclass(frozen=True)
class App:
    """What requests to an app do; times are medians in ms."""

    calls: tuple[int, int]
    """The least and the greatest number of calls to the taster, one after another."""
    cost: float
    """What a call takes by itself: the way there and back."""
    work: float
    """What the taster then has to do."""
    between: float
    """What the app does with each answer."""
    besides: float
    """What it does before the calls, and again after them."""


@dataclass(frozen=True)
class Request:
    """One request and all that was drawn for it, in ms."""

    before: float
    costs: list[float]
    works: list[float]
    betweens: list[float]
    after: float
    chances: list[float]
    """For each call a number from 0 to 1: it hits a cache with a hit ratio above that."""
    batch_cost: float
    """What a single call for all would take by itself."""


APPS = {
    "a comb of queries": App((20, 60), cost=2, work=0, between=0.3, besides=5),
    "with work in between": App((3, 12), cost=4, work=2, between=6, besides=2),
    "a few calls over the wire": App((2, 6), cost=10, work=25, between=1, besides=10),
    "many short ones": App((30, 30), cost=1, work=1, between=0.5, besides=1),
    "one call": App((1, 1), cost=5, work=40, between=1, besides=10),
}


def requests_to(app: App, count: int, seed: int) -> list[Request]:
    """Draw so many requests to an app."""
    drawing = random.Random(seed)
    return [_request(app, drawing) for _ in range(count)]


def _request(app: App, drawing: random.Random) -> Request:
    calls = range(drawing.randint(*app.calls))
    draw = lambda median: median * drawing.lognormvariate(0, SPREAD)  # noqa: E731
    return Request(
        draw(app.besides),
        [draw(app.cost) for _ in calls],
        [draw(app.work) for _ in calls],
        [draw(app.between) for _ in calls],
        draw(app.besides),
        [drawing.random() for _ in calls],
        draw(app.cost),
    )


def trace(request: Request, number: int) -> Trace:
    """Return the trace that a request leaves."""
    spans, now = [], request.before
    for call, (cost, work, between) in enumerate(
        zip(request.costs, request.works, request.betweens, strict=True), 1
    ):
        end = now + cost + work
        spans.append(span(10 * call, 1, now, end, "call", kind="client"))
        if work:
            there = now + cost / 2
            spans.append(
                span(
                    10 * call + 1, 10 * call, there, there + work, "taste", "taster", kind="server"
                )
            )
            spans.append(
                span(10 * call + 2, 10 * call + 1, there, there + work, "palate", "taster")
            )
        now = end + between
    whole = span(1, 0, 0, now + request.after, "handler", kind="server")
    return read_trace(f"{number:032x}", [whole, *spans])


def as_it_is(request: Request) -> float:
    """Return what a request takes."""
    return _besides(request) + sum(request.costs) + sum(request.works)


def scaled(request: Request, factor: float) -> float:
    """Return what a request takes if what a call costs by itself is multiplied by `factor`."""
    return _besides(request) + factor * sum(request.costs) + sum(request.works)


def parallel(request: Request, width: int) -> float:
    """Return what a request takes if `width` workers make the calls, which are all handed to them
    one after another before any is awaited."""
    now = request.before
    free = [0.0] * width
    for cost, work, between in zip(request.costs, request.works, request.betweens, strict=True):
        worker = free.index(min(free))
        free[worker] = max(now, free[worker]) + cost + work
        now += between
    # The last answer is used after all of them have come.
    now -= request.betweens[-1]
    return max(now, *free) + request.betweens[-1] + request.after


def batched(request: Request) -> float:
    """Return what a request takes if one call asks for all, and every answer is then used."""
    return _besides(request) + request.batch_cost + sum(request.works)


def cached(request: Request, hit_ratio: float) -> float:
    """Return what a request takes if each call finds its answer with that probability."""
    calls = zip(request.costs, request.works, request.chances, strict=True)
    return _besides(request) + sum(
        cost + work for cost, work, chance in calls if chance >= hit_ratio
    )


def _besides(request: Request) -> float:
    return request.before + sum(request.betweens) + request.after
