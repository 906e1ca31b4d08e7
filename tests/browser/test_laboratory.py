"""The sampling laboratory in a browser: one click, and it comes back by itself with the answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Opener
from tests.conftest import PAGE_TIMEOUT_MS

ADDRESS = "/sampling/laboratory?q=service:taster"


def test_a_click_leads_to_chart_and_tables(visit: Opener) -> None:
    page = visit(ADDRESS)
    page.get_by_role("link", name="Sample them").click()
    chart = page.get_by_role("img", name="How far percentiles are off")
    expect(chart).to_be_visible(timeout=2 * PAGE_TIMEOUT_MS)
    expect(chart.locator(".name", has_text="tail")).to_have_count(1)
    expect(page.get_by_role("rowheader", name="the slowest trace")).to_be_visible()
    how = page.locator("details.how").first
    how.locator("summary").click()
    expect(how.locator(".how-text")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(visit: Opener, scheme: str) -> None:
    page = visit(f"{ADDRESS}&run=1", viewport=PHONE, color_scheme=scheme)
    expect(page.locator("#error-ranges")).to_be_visible(timeout=2 * PAGE_TIMEOUT_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
