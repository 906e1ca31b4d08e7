"""A run as text, and small plots of characters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.load.text_report import bar, heading, progress, report, sparkline

UI = "http://127.0.0.1:8080"
TRACE = "0af7651916cd43dd8448eb211c80319c"
ROUTE = {"requests": 1234, "failed": 2, "planted": 3, "throughput": 20.57}
ROUTE |= {"p50": 12e6, "p95": 340e6, "p99": 1.2e9, "max": 3.1e9}


def run(**more: Any) -> dict[str, Any]:
    load = {"shape": "steps", "users": 40, "mode": "closed", "think": 2.0, "rate": None}
    level = {"users": 5, "throughput": 10.0, "p50": 1e7, "p95": 2e7}
    return {
        "number": 7,
        "state": "finished",
        "seconds": 60.2,
        "deploys": [{"version": "step-10", "traces": 9}],
        "dials": {"TASTE_MS": {"value": 5, "default": 25}, "PALATES": {"value": 1, "default": 1}},
        "load": load | {"wave": None, "run_time": 60},
        "total": ROUTE,
        "routes": [ROUTE | {"name": "/pair/beer"}],
        "levels": [level, level | {"users": 40, "throughput": 40.0}],
        "timeline": [{"users": 40, "requests": 9, "p95": 1e6}],
        "slowest": [
            {
                "trace_id": TRACE,
                "name": "/menu",
                "duration": 3.1e9,
                "waited": 2e9,
                "planted": "",
            }
        ],
        "errors": [{"name": "/pair/beer", "error": "503: no", "count": 2, "trace_id": TRACE}],
        "unsent": 0,
    } | more


def text(blocks: bool = False, **more: Any) -> str:
    return "\n".join(report(run(**more), UI, blocks))


def test_what_was_done() -> None:
    assert (
        heading(run())
        == "Run 7 · step-10, TASTE_MS=5 · steps up to 40 visitors, closed: 2 s to think · 60 s"
    )
    assert heading(run(number=0, deploys=[], state="interrupted")).startswith(
        "Run (not stored) · unknown deploy"
    )
    assert "0:00 left · 40 visitors · 1,234 requests, 20.6/s · p50 12 ms" in progress(run())


def test_the_table_the_curve_and_the_traces() -> None:
    printed = text()
    assert (
        "/pair/beer     1,234      20.6     12 ms    340 ms     1.2 s     3.1 s    2 + 3*"
        in printed
    )
    assert "planted: slow on purpose" in printed
    assert "       5  ######" in printed
    assert "3.1 s  /menu, 2 s of it before it was sent" in printed
    assert f"{UI}/trace/{TRACE}" in printed
    assert "2×  /pair/beer: 503: no" in printed
    assert "█" not in printed
    assert "█" in text(blocks=True)


def levels(*throughputs: float) -> list[dict[str, Any]]:
    """Return levels of 2, 4, 6, … visitors."""
    times = {"p50": 1e7, "p95": 2e7}
    return [
        times | {"users": 2 * number, "throughput": throughput}
        for number, throughput in enumerate(throughputs, start=1)
    ]


@pytest.mark.parametrize(
    ("throughputs", "said"),
    [
        ((1, 2, 3, 3, 3, 3, 2.67, 3), "90% of the highest throughput is reached with 6 visitors"),
        ((3, 3, 3, 3), "90% of the highest throughput is reached with 2 visitors"),
        ((4, 8, 7, 5), "90% of the highest throughput is reached with 4 visitors"),
        ((10, 40), "Not saturated: 4 visitors still get more answers than fewer do."),
        ((1, 2, 3, 4, 5, 6, 7, 8), "Not saturated: 16 visitors"),
        ((1, 2, 3, 4, 5, 6, 7, 7.5), "Not saturated: 16 visitors"),
        ((1, 2, 3, 4, 5, 6, 6.8, 7.4), "Try more: --users 32"),
        ((0, 0, 0), "No answers in time"),
    ],
)
def test_saturation_is_only_claimed_where_it_was_reached(
    throughputs: tuple[float, ...], said: str
) -> None:
    printed = text(levels=levels(*throughputs))
    assert said in printed
    assert ("any more only wait" in printed) == said.startswith("90%")


def test_nothing_is_said_of_saturation_where_nobody_looked_for_it() -> None:
    load = {"shape": "spike", "users": 40, "mode": "closed", "think": 2.0, "wave": None}
    printed = text(levels=levels(1, 9), load=load)
    assert "aturated" not in printed
    assert "only wait" not in printed


def test_a_rate_that_was_too_high_is_reported() -> None:
    assert "17 more requests were due and not sent by the end" in text(unsent=17)


def test_no_responses() -> None:
    total = dict.fromkeys(ROUTE, None) | {"requests": 0, "planted": 0}
    nothing = {"total": total, "routes": [], "levels": [], "timeline": [], "slowest": []}
    assert text(**nothing, errors=[]) == "No responses."


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.booleans())
def test_a_bar_always_has_its_width(value: float, largest: float, blocks: bool) -> None:
    assert len(bar(value, largest, 24, blocks)) == 24


@given(st.lists(st.floats(0, 1e9), max_size=600))
def test_a_sparkline_fits(values: list[float]) -> None:
    assert len(sparkline(values, 60)) <= 60


@pytest.mark.parametrize(("values", "drawn"), [([0, 0], "▁▁"), ([1, 4, 8], "▂▅█"), ([], "")])
def test_heights(values: list[float], drawn: str) -> None:
    assert sparkline(values, 60) == drawn
