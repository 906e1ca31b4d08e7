"""The Load screen with its script: what is chosen shows at once, in every size and theme."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Opener
from tests.browser.stack import Stack
from tests.ui.screens.test_load import keep, run


@pytest.fixture(scope="module")
def numbers(servers: Stack) -> list[int]:
    return [keep(servers.collector, run(users, f"step-{users}")) for users in (4, 8, 6)]


def test_a_choice_shows_at_once_and_stays_in_the_address(visit: Opener, numbers) -> None:
    page = visit("/load")
    first, second, last = numbers
    lines = page.locator(".load-chart").first.locator("g")
    expect(lines).to_have_count(1)
    page.get_by_label(f"Show run {first}", exact=True).check()
    page.wait_for_url(f"**/load?run={last}&run={first}")
    expect(lines).to_have_count(2)
    page.get_by_label("Route").select_option("/menu")
    page.wait_for_url("**route=%2Fmenu**")
    expect(page.get_by_role("heading", name="Percentiles of /menu")).to_have_count(1)
    page.get_by_role("link", name=f"{second}", exact=True).click()
    expect(page.get_by_role("heading", name=f"Run {second}")).to_have_count(1)
    expect(page.get_by_role("link", name="Export")).to_have_attribute("download", re.compile("."))


def test_the_words_of_a_chart_by_itself_are_no_larger_than_those_around_it(
    visit: Opener, numbers
) -> None:
    page = visit(f"/load?run={numbers[0]}&route=/menu")
    chart = page.locator(".load-chart")
    expect(chart).to_have_count(1)
    word = chart.locator("svg text", has_text="500 ms").bounding_box()
    title = chart.locator("h2").evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
    assert word["height"] < title


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_scrolling_sideways(visit: Opener, numbers, scheme: str) -> None:
    for path in ("/load", f"/load/{numbers[0]}"):
        page = visit(path, viewport=PHONE, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        colour = page.locator(".load-chart .line").first.evaluate("e => getComputedStyle(e).stroke")
        assert colour == ("rgb(78, 69, 215)" if scheme == "light" else "rgb(82, 110, 248)")
