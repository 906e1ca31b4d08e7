"""Predictions against the truth: simulated apps, before and after each change."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from collector.analysis.change import Change
from collector.analysis.percentiles import Latency
from collector.analysis.span_keys import Operation
from collector.analysis.trace import Trace
from collector.analysis.what_if import Prediction, predict
from tests.collector.analysis import simulated_apps as simulated
from tests.collector.analysis.simulated_apps import APPS, Request
from tests.collector.analysis.traces import MS

REQUESTS = 300
SEED = 1
BIAS = 0.015
"""Largest relative error of a mean."""
MISPLACED = {"p50": 0.04, "p95": 0.02}
"""Largest share of the requests by which a percentile is out of its place."""

CERTAIN: dict[str, tuple[dict[str, Any], Callable[[Request], float]]] = {
    "nothing": ({"way": "scale", "factor": 1}, simulated.as_it_is),
    "faster": ({"way": "scale", "factor": 0.3}, lambda request: simulated.scaled(request, 0.3)),
    "slower": ({"way": "scale", "factor": 4}, lambda request: simulated.scaled(request, 4)),
    "in pairs": ({"way": "parallel", "width": 2}, lambda request: simulated.parallel(request, 2)),
    "all at once": ({"way": "parallel"}, lambda request: simulated.parallel(request, 1000)),
    "always cached": ({"way": "cache"}, lambda request: simulated.cached(request, 1)),
    "never cached": (
        {"way": "cache", "hit_ratio": 0},
        lambda request: simulated.cached(request, 0),
    ),
}
"""Changes that leave nothing to chance, and what a request then takes, in ms."""


@cache
def requests(app: str) -> list[Request]:
    return simulated.requests_to(APPS[app], REQUESTS, SEED)


@cache
def traces(app: str) -> list[Trace]:
    return [simulated.trace(request, number) for number, request in enumerate(requests(app))]


def predicted(app: str, **how: Any) -> Prediction:
    return predict(traces(app), [Change(Operation("web", "call", "call"), **how)])


def agrees(found: Latency, truth_ms: list[float]) -> None:
    truth = sorted(duration * MS for duration in truth_ms)
    assert found.mean == pytest.approx(sum(truth) / len(truth), rel=BIAS)
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        place = bisect(truth, getattr(found, name)) / len(truth)
        assert place == pytest.approx(share, abs=MISPLACED[name]), name


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("change", CERTAIN)
def test_what_leaves_nothing_to_chance_is_predicted_exactly(app: str, change: str) -> None:
    how, after = CERTAIN[change]
    durations = predicted(app, **how).predicted_durations
    for duration, request in zip(durations, requests(app), strict=True):
        assert duration / MS == pytest.approx(after(request), abs=0.001)


@pytest.mark.parametrize("app", APPS)
def test_a_batch_is_off_by_no_more_than_the_price_of_one_call(app: str) -> None:
    prediction = predicted(app, way="batch")
    agrees(prediction.predicted, [simulated.batched(request) for request in requests(app)])
    for duration, request in zip(prediction.predicted_durations, requests(app), strict=True):
        luck = request.costs[0] - request.batch_cost
        assert duration / MS == pytest.approx(simulated.batched(request) + luck, abs=0.001)


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("hit_ratio", [0.1, 0.5, 0.9])
def test_a_cache_that_some_calls_hit(app: str, hit_ratio: float) -> None:
    drawing = random.Random(SEED)
    again = 10  # so that the truth is not a matter of luck
    truth = [
        simulated.cached(
            replace(request, chances=[drawing.random() for _ in request.costs]), hit_ratio
        )
        for request in requests(app) * again
    ]
    agrees(predicted(app, way="cache", hit_ratio=hit_ratio).predicted, truth)


def test_a_higher_hit_ratio_never_slows_a_request() -> None:
    of_ratio = [
        predicted("with work in between", way="cache", hit_ratio=ratio).predicted_durations
        for ratio in (0, 0.2, 0.21, 0.5, 0.8, 0.99, 1)
    ]
    for lower, higher in pairwise(of_ratio):
        assert all(after <= before for before, after in zip(lower, higher, strict=True))


def test_the_calls_of_one_trace_hit_independently() -> None:
    """Thirty calls, of which half hit: the number of hits varies as that of heads does."""
    app = "many short ones"
    calls = len(requests(app)[0].costs)
    same = [replace(request, costs=[1.0] * calls, works=[0.0] * calls) for request in requests(app)]
    replayed = [simulated.trace(request, number) for number, request in enumerate(same)]
    half = Change(Operation("web", "call", "call"), "cache", hit_ratio=0.5)
    prediction = predict(replayed, [half])
    hits = [
        round((before - after) / MS)
        for before, after in zip(
            prediction.measured_durations, prediction.predicted_durations, strict=True
        )
    ]
    mean = sum(hits) / len(hits)
    assert mean == pytest.approx(calls / 2, rel=0.01)
    assert sum((hit - mean) ** 2 for hit in hits) / len(hits) == pytest.approx(calls / 4, rel=0.25)
