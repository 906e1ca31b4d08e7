"""Names and tags that try to be markup or script stay inert text."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, Opener
from tests.browser.spans import HOSTILE as TEXTS
from tests.waiting import wait_until

Show = Callable[..., Page]

INERT = "document.querySelectorAll('main img, main iframe, main script:not([src])').length"


def test_in_the_list_and_the_scatter(visit: Opener) -> None:
    page = visit(f"/?q=trace:{HOSTILE.hex}")
    page.wait_for_selector(".plot .cross", state="attached")
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text(TEXTS[0])
    assert page.evaluate(INERT) == 0
    assert page.title() != "owned"


def test_in_the_waterfall_and_the_details(show: Show) -> None:
    page = show(HOSTILE)
    page.keyboard.press("Enter")
    for _ in TEXTS:
        page.keyboard.press("j")
        expect(page.locator("#detail .body table").first).to_be_visible()
        assert page.evaluate(INERT) == 0
    links = page.locator("main a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) == {"http:"}
    page.get_by_role("tab", name="Statistics").click()
    expect(page.locator("#statistics")).to_contain_text(TEXTS[1])
    assert page.evaluate(INERT) == 0
    assert page.title() != "owned"


def test_five_thousand_letters_do_not_push_the_page_apart(show: Show) -> None:
    page = show(HOSTILE)
    wait_until(lambda: page.evaluate("document.documentElement.scrollWidth") <= 1280)
    page.keyboard.press("Enter")
    for _ in range(7):
        page.keyboard.press("j")
    expect(page.locator("#detail .failure")).to_contain_text("x" * 100)
    wait_until(lambda: page.evaluate("document.documentElement.scrollWidth") <= 1280)


def test_text_that_runs_the_other_way_stays_in_its_place(show: Show) -> None:
    page = show(HOSTILE)
    row = page.locator("#rows .row", has_text="desrever").first
    tile, label = row.locator(".tile").bounding_box(), row.locator(".label").bounding_box()
    assert tile is not None
    assert label is not None
    assert tile["x"] < label["x"]
