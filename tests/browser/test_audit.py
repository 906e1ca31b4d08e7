"""The audit on the Map and on the Trace screen: who broke a rule, and where that is to be seen."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.spans import Trace, pairing
from tests.browser.stack import Stack, stack
from tests.conftest import PAGE_TIMEOUT_MS
from tests.waiting import wait_until
from tutor import http

RULES = """
only web may call taster
only taster may run palate.*
locust may call taster   # nobody does
"""
SERVER = {"span.kind": "server"}


def menu() -> Trace:
    """Return the trace of a menu whose proofreader goes to the taster."""
    trace = Trace(501)
    web = trace.span(None, "web", "flask.request", 0, 90, "GET /menu", "http", tags=SERVER)
    printer = trace.span(web, "menu-printer", "menu.proofread", 5, 40)
    trace.span(printer, "taster", "flask.request", 8, 30, "GET /taste", "http", tags=SERVER)
    return trace


def hostile() -> Trace:
    """Return the trace of somebody with a strange name who runs what only the taster may."""
    trace = Trace(502)
    trace.span(None, "<b>x</b>\n" + "y" * 300, "palate.taste", 0, 9)
    return trace


def back_door() -> Trace:
    """Return the trace of a call of the taster without a trace context."""
    trace = Trace(503)
    trace.span(None, "taster", "flask.request", 0, 30, "GET /taste", "http", tags=SERVER)
    return trace


@pytest.fixture(scope="module")
def audited() -> Iterator[Stack]:
    """A collector whose rules are broken, and its UI."""
    with stack() as running:
        running.send([pairing(500), menu(), hostile(), back_door()])
        address = f"{running.collector}/api/audit"
        put = urllib.request.Request(f"{address}/rules", RULES.encode(), method="PUT")
        urllib.request.urlopen(put, timeout=10).close()
        wait_until(lambda: http.get(address).json()["violations"] == 3)
        yield running


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of a window with light, or with dark colours."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    )
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    yield context.new_page()
    context.close()


def test_forbidden_and_unused_edges_differ_in_form_and_colour(audited: Stack, page: Page) -> None:
    page.goto(f"{audited.ui}/map")
    expect(page.locator(".graph .line.forbidden")).to_have_count(2)
    expect(page.locator(".graph .line.never_seen")).to_have_count(1)
    usual = page.locator('.graph .line[aria-label^="web → taster"]')
    looks = {
        line.locator(".run").evaluate(
            "(run) => { const style = getComputedStyle(run);"
            " return `${style.stroke} ${style.strokeDasharray}` }"
        )
        for line in (
            usual,
            page.locator(".graph .line.forbidden").first,
            page.locator(".graph .line.never_seen"),
        )
    }
    assert len({look.split(") ")[0] for look in looks}) == 3, "colours"
    assert len({look.split(") ")[1] for look in looks}) == 3, "dashes"
    expect(page.locator(".audit-key")).to_contain_text("forbidden by the audit")
    expect(page.locator('.graph .node[data-key="outside "]')).to_contain_text("by the back door")


def test_the_edge_and_the_table_lead_to_a_trace_that_says_what_is_wrong(
    audited: Stack, page: Page
) -> None:
    page.goto(f"{audited.ui}/map#audit")
    row = page.locator("#audit tbody tr").filter(has_text="menu-printer")
    row.get_by_role("link", name="trace").click()
    expect(page).to_have_url(re.compile(f"/trace/{menu().hex}"))
    notice = page.get_by_role("note", name="Audit")
    expect(notice).to_contain_text("menu-printer called taster, which the audit forbids")
    page.goto(f"{audited.ui}/map")
    edge = page.get_by_role("link", name="somebody outside → taster")
    edge.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/trace/{back_door().hex}"))
    page.goto(f"{audited.ui}/trace/{pairing(500).hex}/spans")
    expect(page.get_by_role("note", name="Audit")).to_have_count(0)


def test_a_hostile_name_is_text_and_fits_a_phone(audited: Stack, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/map", f"/trace/{hostile().hex}", f"/trace/{hostile().hex}/spans"):
        page.goto(f"{audited.ui}{path}")
        expect(page.get_by_text("<b>x</b>").first).to_be_attached()
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, path
