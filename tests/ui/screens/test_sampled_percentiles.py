"""Percentiles on Routes, Route and Compare, of a route that was sampled and of one that was not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.browser.spans import MS, Trace
from tests.browser.stack import Stack
from tests.servers import running
from tests.ui.conftest import reader
from tests.ui.screens.test_routes import page

WHOLE, SAMPLED = "GET /beers", "GET /donuts"
TRACES = 40
"""Of each route."""
INTERVALS = ["15 to 26 ms", "at least 36 ms", "at least 38 ms"]
"""Of 1, 2 … 40 ms, one in four kept."""


def request_to(route: str, number: int, rate: float) -> Trace:
    """A request that takes so many ms, kept with that probability."""
    trace = Trace(number + round(1000 * rate), time.time_ns() - 10_000 * MS)
    tags: dict[str, str | float] = {"span.kind": "server"}
    if rate < 1:
        tags["_dd.rule_psr"] = rate
    trace.span(None, "web", "flask.request", 0, number, route, "http", tags=tags)
    return trace


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A reader of the UI of a collector that has both routes."""
    data = str(tmp_path_factory.mktemp("sampled"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        numbers = range(1, TRACES + 1)
        traces = [request_to(WHOLE, number, 1) for number in numbers]
        traces += [request_to(SAMPLED, number, 0.25) for number in numbers]
        Stack(collector.url, "").send(traces)
        yield reader(collector.url)


def intervals(text: str) -> list[str]:
    """The intervals on a page, in its order."""
    return re.findall(r'class="between" title="95 % interval of p\d\d">([^<]*)<', text)


def address(screen: str, route: str) -> str:
    return f"/{screen}?service=web&resource={route.replace(' ', '+')}"


def test_routes_has_them_for_the_sampled_route_only(sampled: FlaskClient) -> None:
    text = page(sampled, "/routes")
    rows = re.findall(r'<tr>\s*<th scope="row">.*?</tr>', text, re.DOTALL)
    assert {SAMPLED in row: intervals(row) for row in rows} == {True: INTERVALS, False: []}
    assert "95&nbsp;% interval" in text
    assert "Woodruff" in text


@pytest.mark.parametrize("screen", ["route", "compare"])
def test_a_sampled_route_has_them(sampled: FlaskClient, screen: str) -> None:
    text = page(sampled, address(screen, SAMPLED) + "&a_q=service:web&b_q=duration:>0ms")
    both = [interval for interval in INTERVALS for _ in "ab"]
    assert intervals(text) == (both if screen == "compare" else INTERVALS)
    assert "95&nbsp;% interval" in text
    assert "Woodruff" in text


@pytest.mark.parametrize("screen", ["route", "compare"])
def test_a_route_that_was_kept_whole_is_as_ever(sampled: FlaskClient, screen: str) -> None:
    text = page(sampled, address(screen, WHOLE) + "&a_q=service:web&b_q=duration:>0ms")
    assert "p99" in text
    for word in ("between", "95&nbsp;% interval", "Woodruff"):
        assert word not in text


def test_where_all_was_kept_routes_is_as_ever(sampled: FlaskClient) -> None:
    text = page(sampled, "/routes?q=resource:%22GET+/beers%22")
    assert "p99" in text
    for word in ("between", "95&nbsp;% interval", "Woodruff"):
        assert word not in text
