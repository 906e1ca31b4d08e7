"""Who pays for deferred work: from a span to its submitter, to the bill, and back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.stack import Stack, stack
from tests.conftest import PAGE_TIMEOUT_MS
from tests.ui.screens.test_payers import EVICTS, FILLS, WRITES


@pytest.fixture(scope="module")
def traced(servers: Stack) -> Iterator[Stack]:
    """A collector with deferred work, and its UI."""
    with stack() as running:
        running.send([FILLS, EVICTS, WRITES])
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a window with light colours."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    yield context.new_page()
    context.close()


def test_a_span_leads_to_its_submitter_and_to_the_bill(traced: Stack, page: Page) -> None:
    evict = EVICTS.spans[1]["span_id"]
    page.goto(f"{traced.ui}/trace/{EVICTS.hex}?span={evict:016x}")
    detail = page.locator("#detail")
    expect(detail).to_contain_text("asked for by trace")
    detail.get_by_role("link", name="Who pays for it").click()
    expect(page.locator("[data-pays]")).to_have_text("40 ms")
    page.get_by_role("link", name="submitter", exact=True).click()
    expect(page.locator("[data-pays]")).to_have_text("30 ms")
    page.get_by_role("link", name=FILLS.hex[:8]).click()
    expect(page.locator(".trace-head h1")).to_contain_text("GET /pair/beer")
    page.get_by_role("link", name="Its bill").click()
    page.get_by_role("link", name="cache.evict").click()
    expect(page.locator("#detail h2")).to_contain_text("cache.evict")


def test_the_switch_of_the_map_works_by_keyboard(traced: Stack, page: Page) -> None:
    page.goto(f"{traced.ui}/map")
    switch = page.get_by_role("group", name="Who pays for deferred work")
    expect(switch.locator("[aria-current]")).to_have_text("trigger")
    total = page.locator("[data-total]").inner_text()
    switch.get_by_role("link", name="submitter").focus()
    page.keyboard.press("Enter")
    expect(switch.locator("[aria-current]")).to_have_text("submitter")
    expect(page.get_by_role("row", name="unknown submitter").first).to_be_visible()
    assert page.locator("[data-total]").inner_text() == total
    assert "payer=submitter" in page.url
