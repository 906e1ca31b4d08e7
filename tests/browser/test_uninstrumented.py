"""What sends no spans of its own is on the map all the same, dashed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.spans import Trace
from tests.browser.stack import Stack, stack
from tests.conftest import PAGE_TIMEOUT_MS

SILENT = "payments.test:8000"


@pytest.fixture(scope="module")
def traced(servers: Stack) -> Iterator[Stack]:
    """A collector with some calls that are answered and some that are not, and its UI."""
    with stack() as running:
        running.send([_order(1), _order(2, error="no answer")])
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a window with light colours."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    yield context.new_page()
    context.close()


def test_it_is_dashed_and_the_others_are_not(traced: Stack, page: Page) -> None:
    page.goto(f"{traced.ui}/map")
    silent = page.locator(".graph .node.uninstrumented")
    expect(silent).to_have_count(1)
    expect(silent).to_contain_text(SILENT)
    expect(silent).to_have_attribute("aria-label", f"{SILENT}: uninstrumented: it is called,"
        " but sends no spans, 2 calls, 1 failed")  # fmt: skip
    assert _dashes(page, ".node.uninstrumented") != "none"
    assert _dashes(page, '.node[data-key="taster"]') == "none"
    expect(page.locator('.node[data-key="taster"]')).to_have_count(1)
    edge = page.get_by_role("link", name=f"web → {SILENT}:")
    expect(edge).to_have_count(1)
    edge.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#traces tbody tr")).to_have_count(2)


def test_kinds_are_shown_and_found(traced: Stack, page: Page) -> None:
    page.goto(f"{traced.ui}/?q=span.kind:server+server.address:{SILENT.split(':')[0]}")
    expect(page.locator("#traces tbody tr")).to_have_count(2)
    trace, span = _order(1), 1
    page.goto(f"{traced.ui}/trace/{trace.hex}?span={trace.spans[span]['span_id']:016x}")
    kind = page.get_by_role("row", name="span.kind client")
    expect(kind).to_be_visible()


def _order(seed: int, error: str = "") -> Trace:
    """Return a trace in which one call is answered by a service, and one by nobody."""
    trace = Trace(seed)
    web = trace.span(None, "web", "flask.request", 0, 90, "POST /order", "http",
        tags={"span.kind": "server"})  # fmt: skip
    paid = {"span.kind": "client", "server.address": "payments.test", "server.port": 8000}
    trace.span(web, "web", "requests.request", 5, 40, "POST /pay", "http", error, paid)
    called = {"span.kind": "client", "server.address": "127.0.0.1", "server.port": 5001}
    call = trace.span(web, "web", "requests.request", 50, 30, "GET /taste", "http", tags=called)
    trace.span(call, "taster", "flask.request", 52, 20, "GET /taste", "http",
        tags={"span.kind": "server"})  # fmt: skip
    return trace


def _dashes(page: Page, node: str) -> str:
    body = page.locator(f".graph {node} .body")
    return str(body.evaluate("(body) => getComputedStyle(body).strokeDasharray"))
