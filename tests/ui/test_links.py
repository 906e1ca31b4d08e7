"""Every number that is a link leads to exactly that many traces."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.spans import MS, Trace
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.ui.conftest import reader
from ui.client import Collector

COUNTED_LINK = re.compile(r'<a href="([^"]*)"\s*data-count="(\d+)"')
LINKED_NUMBER = re.compile(
    r"<a\b(?![^>]*data-count)[^>]*>\s*([\d.,]+(?: (?:traces?|requests?|errors?|spans?))?)\s*</a>"
)
STEP_MS = 1_000
SCREENS = {
    "/routes": 3,
    "/routes?q=synthetic:any": 3,
    "/route": 30,
    "/route?service=web&resource=GET+/order": 30,
    "/route?service=taster&resource=GET+/taste": 5,
    "/route?q=error:0+OR+version:old": 30,
    "/compare?a_q=version:old&b_q=version:new": 20,
    "/compare?service=web&resource=GET+/order&a_q=version:old&b_q=version:new": 20,
    "/compare?a_q=root.duration:<=30ms&b_q=root.duration:>30ms": 20,
}
"""Screens with numbers that are links, and how many of those they have at least."""


def order(number: int, start: int) -> Trace:
    """A request to `GET /order`, designed so that no two ways to count agree: mail that outlives
    the root, failures at the root, in the mail, and as a 5xx that is no error, equal durations, two
    deploys, requests of tests, sampled ones, a load generator's root."""
    trace = Trace(500 + number, start + number * STEP_MS * MS, "old" if number % 2 else "new")
    lasts = (10, 20, 20, 40)[number % 4]
    tags: dict[str, str | float] = {"span.kind": "server", "http.response.status_code": "200"}
    if number % 7 == 3:
        tags["http.response.status_code"] = "503"
    if number % 11 == 5:
        tags["user_agent.synthetic.type"] = "test"
    if number % 3 == 0:
        tags["_dd.rule_psr"] = 0.1
    tags["rows"] = float(number % 3)
    parent = None
    if number % 5 == 0:
        parent = trace.span(
            None, "load", "locust", 0, lasts + 2, "visit", tags={"span.kind": "client"}
        )
    root = trace.span(
        parent, "web", "flask.request", 1, lasts, "GET /order", "http",
        error="no beer" if number % 8 == 1 else "", tags=tags,
    )  # fmt: skip
    if number % 2:
        trace.span(root, "mailer", "send", 5, 90, error="bounced" if number % 6 == 1 else "")
    called = trace.span(
        root, "taster", "flask.request", 2, 3, "GET /taste", "http", tags={"span.kind": "server"}
    )
    trace.span(called, "db", "query", 3, 1, "SELECT 1", "sql")
    return trace


def taste(number: int, start: int) -> Trace:
    """A request straight to the taster, whose route other routes call."""
    trace = Trace(900 + number, start + number * STEP_MS * MS, "new")
    trace.span(
        None, "taster", "flask.request", 0, 3, "GET /taste", "http", tags={"span.kind": "server"}
    )
    return trace


@pytest.fixture(scope="module")
def designed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a collector with traces that are counted differently in every way there is."""
    data = str(tmp_path_factory.mktemp("links"))
    start = time.time_ns() - 600_000 * MS
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        stack = Stack(collector.url, "")
        orders = [order(number, start) for number in range(60)]
        late = [trace.spans.pop() for trace in orders[::9]]
        stack.send([*orders, *(taste(number, start) for number in range(12))])
        for trace, span in zip(orders[::9], late, strict=True):
            trace.spans = [span]
        stack.send(orders[::9])
        yield collector


@pytest.mark.parametrize(("screen", "least"), SCREENS.items())
def test_every_number_leads_to_that_many_traces(designed: Server, screen: str, least: int) -> None:
    collector = Collector(designed.url)
    page = reader(designed.url).get(screen).get_data(as_text=True)
    links = sorted({(unescape(href), int(count)) for href, count in COUNTED_LINK.findall(page)})
    found = {(href, count): traces_at(collector, href) for href, count in links}
    wrong = {link: traces for link, traces in found.items() if traces != link[1]}
    assert not wrong, f"{len(wrong)} of {len(links)} links lead to another number of traces"
    assert len(links) >= least


@pytest.mark.parametrize("screen", [*SCREENS, "/", "/map", "/what-if", "/load"])
def test_no_number_is_a_link_without_saying_what_it_counts(designed: Server, screen: str) -> None:
    page = reader(designed.url).get(screen).get_data(as_text=True)
    assert LINKED_NUMBER.findall(page) == []


def traces_at(collector: Collector, href: str) -> int:
    """Return how many traces are listed at an address of the UI."""
    address = urlsplit(href)
    if address.path.startswith("/trace/"):
        return 1
    assert address.path == "/"
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    page = collector.get("/api/traces", **asked)
    assert page["matched_exact"]
    return int(page["matched"])
