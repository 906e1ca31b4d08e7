"""How certain percentiles of a sample are, on a phone and without scripts."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE
from tests.browser.stack import Stack, stack
from tests.browser.test_aggregates import IN_SIGHT
from tests.conftest import PAGE_TIMEOUT_MS
from tests.ui.screens.test_sampled_percentiles import INTERVALS, SAMPLED, address, request_to


def test_the_interval_is_in_sight_and_says_how_it_is_computed(
    servers: Stack, browser: Browser
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    page = context.new_page()
    with stack() as sampled:
        sampled.send([request_to(SAMPLED, number, 0.25) for number in range(1, 41)])
        page.goto(sampled.ui + address("route", SAMPLED))
        p99 = page.locator(".figures > div", has_text="p99")
        expect(p99).to_contain_text(INTERVALS[-1])
        expect(p99.locator(".between")).to_be_in_viewport(ratio=1)
        how = page.locator(".sample", has_text="95\u00a0% interval").locator(".how")
        how.locator("summary").click()
        expect(how.locator(".how-text")).to_contain_text("Woodruff")
        assert page.evaluate(IN_SIGHT)
    context.close()
