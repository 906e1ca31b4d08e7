"""Forks and joins in the waterfall's gutter, and a chain of hashes with a fault, with scripts and
without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium
from tests.browser.conftest import PHONE
from tests.browser.spans import Trace
from tests.browser.stack import Stack, stack
from tests.browser.test_trace import row

DAY_NS = 24 * 3600 * 10**9


def parallel(seed: int) -> Trace:
    """Three tastes in threads of their own, two queries at once, and mail that nobody waits for."""
    trace = Trace(seed, start=Trace(seed).start - 40 * DAY_NS)
    chain = {"chain.id": "a", "chain.last": 9}
    web = trace.span(None, "web", "flask.request", 0, 100, tags={"thread.id": 7, **chain})
    trace.span(web, "db", "beer.query", 1, 8)
    trace.span(web, "db", "donuts.query", 2, 12)
    match = trace.span(web, "web", "match", 20, 60)
    for at in range(3):
        tags = {"thread.id": 8 + at}
        call = trace.span(match, "web", "requests.request", 22 + 9 * at, 20, tags=tags)
        trace.span(call, "taster", "palate.taste", 25 + 9 * at, 10)
    trace.span(web, "web", "mail", 90, 60, tags={"thread.id": 20})
    return trace


TRACE = parallel(80)


@pytest.fixture(scope="module")
def servers() -> Iterator[Stack]:
    """A stack of its own, with this trace alone."""
    if chromium.installed() is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with stack() as running:
        running.send([TRACE])
        yield running


@pytest.fixture
def show(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the trace, and wait until its spans are drawn."""

    def open_trace(**options: object) -> Page:
        page = visit(f"/trace/{TRACE.hex}", **options)
        page.wait_for_selector("#rows:not([aria-busy])")
        return page

    return open_trace


def test_branches_have_a_rail_from_fork_to_join(show):
    page = show()
    tastes = [row(page, "requests.request", at).locator(".rail") for at in range(3)]
    expect(tastes[0]).to_have_class("rail branch starts")
    expect(tastes[1]).to_have_class("rail branch")
    expect(tastes[2]).to_have_class("rail branch ends")
    expect(row(page, "palate.taste", 0).locator(".rail")).to_have_class("rail")
    expect(row(page, "palate.taste", 2).locator(".rail")).to_have_count(0)
    assert tastes[0].get_attribute("title") == (
        "web match forks into 3 and joins (its tracer names other threads)"
    )
    title = row(page, "beer.query").locator(".rail").get_attribute("title")
    assert title == "web flask.request forks into 2 and joins (their times overlap)"
    left, next_left = (tastes[at].evaluate("e => e.getBoundingClientRect().left") for at in (0, 2))
    assert left == next_left
    expect(page.locator(".legend")).to_contain_text("fork, join")


def test_what_is_not_waited_for_ends_in_an_empty_dot(show):
    page = show(color_scheme="dark")
    mail = row(page, "mail").locator(".rail")
    expect(mail).to_have_class("rail branch starts ends loose")
    dot = mail.evaluate("e => getComputedStyle(e, '::after').backgroundColor")
    line = mail.evaluate("e => getComputedStyle(e, '::after').borderTopColor")
    assert dot != line


def test_it_is_said_to_those_who_listen(show):
    page = show()
    spoken = row(page, "match").locator(".name").get_attribute("aria-label") or ""
    assert "forks into 3 and joins" in spoken
    spoken = row(page, "flask.request").locator(".name").get_attribute("aria-label") or ""
    assert "forks into 2 and joins" in spoken
    assert "forks one off and does not wait for all" in spoken


def test_a_branch_that_is_closed_or_on_a_phone_keeps_its_rail(show):
    page = show(viewport=PHONE)
    expect(row(page, "requests.request", 0).locator(".rail")).to_be_visible()
    row(page, "match").locator(".twist").click()
    expect(row(page, "match").locator(".rail")).to_have_count(0)
    expect(page.locator(".row", has_text="requests.request")).to_have_count(0)


def test_the_plain_table_says_it_too(visit):
    page = visit(f"/trace/{TRACE.hex}/spans", java_script_enabled=False)
    match = page.locator("table.spans tbody tr", has_text="match")
    expect(match).to_contain_text("forks into 3, joined (seen by threads)")
    web = page.locator("table.spans tbody tr", has_text="flask.request")
    expect(web).to_contain_text("forks into 2, joined (seen by times)")
    expect(web).to_contain_text("forks one off, not waited for (seen by threads)")


def test_a_chain_with_a_fault_is_a_notice(show):
    page = show()
    notices = page.locator("#notices")
    expect(notices).to_contain_text("The chain of hashes over this trace has gaps")
    expect(notices).to_contain_text("1 span is not what its tracer sent")
    notices.locator("details", has_text="has gaps").locator("summary").click()
    expect(notices).to_contain_text("9 spans are missing: places 1 to 9")
