"""By keyboard alone, with a screen reader, in either theme, for a room, on a phone, on paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FAILED, PHONE, USUAL, Opener

Show = Callable[..., Page]


LIGHT, DARK = "rgb(245, 246, 248)", "rgb(14, 17, 21)"


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_rows_are_a_tree_to_a_screen_reader(show: Show) -> None:
    page = show(FAILED)
    tree = page.get_by_role("treegrid", name="Spans")
    expect(tree).to_have_attribute("aria-rowcount", "97")
    expect(tree).to_have_attribute("aria-colcount", "4")
    rows = tree.get_by_role("row")
    expect(rows.first).to_have_attribute("aria-rowindex", "1")
    expect(tree.get_by_role("columnheader")).to_have_count(4)
    root = page.locator("#row-0")
    expect(root).to_have_attribute("aria-level", "1")
    expect(root).to_have_attribute("aria-expanded", "true")
    leaf = page.locator("#row-3")
    expect(leaf).to_have_attribute("aria-level", "4")
    assert leaf.get_attribute("aria-expanded") is None
    server = page.locator("#row-1")
    expect(server.get_by_role("gridcell").first).to_have_accessible_name(
        "error web flask.request GET /pair/beer"
    )
    expect(server.get_by_role("gridcell").last).to_have_accessible_name(
        re.compile(r"^starts at 1.2 ms, self")
    )


def test_one_row_at_a_time_can_be_tabbed_to(show: Show) -> None:
    page = show(USUAL)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator('#rows .row[tabindex="0"]')).to_have_count(1)
    expect(page.locator("#row-2")).to_be_focused()


def test_the_tree_by_arrow_keys(show: Show) -> None:
    page = show(USUAL)
    page.locator("#row-0").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator("#row-2")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#row-3")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#row-2")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator("#row-95")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator("#row-0")).to_be_focused()
    page.keyboard.press("PageDown")
    assert page.evaluate("Number(document.activeElement.id.slice(4))") > 8


def test_details_open_follow_and_close_by_key(show: Show) -> None:
    page = show(USUAL)
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#detail h2")).to_contain_text("flask.request")
    page.keyboard.press("j")
    expect(page.locator("#detail h2")).to_contain_text("beer.query")
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.locator("#row-2")).to_be_focused()


def test_the_focus_survives_scrolling_away(show: Show) -> None:
    page = show(USUAL)
    page.keyboard.press("j")
    page.locator(".viewport").evaluate("viewport => { viewport.scrollTop = 1500; }")
    page.wait_for_selector("#row-60")
    expect(page.locator("#row-1")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#row-2")).to_be_in_viewport()


def test_help_lists_the_keys(show: Show) -> None:
    page = show(USUAL)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("next error")
    page.keyboard.press("j")
    expect(page.locator("#row-1")).not_to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_system_decides_on_dark_and_light(show: Show, scheme: str) -> None:
    page = show(USUAL, color_scheme=scheme)
    assert background(page) == {"light": LIGHT, "dark": DARK}[scheme]


def test_a_chosen_theme_stays(show: Show) -> None:
    page = show(USUAL)
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert background(page) == DARK
    painted = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data].join()"
    page.wait_for_selector("#rows:not([aria-busy])")
    dark = page.locator("#minimap canvas").evaluate(painted)
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator("#minimap canvas").evaluate(painted) != dark, "the strip follows"


def test_for_a_room_all_is_larger_light_and_without_tools(show: Show) -> None:
    page = show(USUAL, "?present=1", color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    first, second = (page.locator(f"#row-{at}").bounding_box() for at in (0, 1))
    assert first is not None
    assert second is not None
    assert second["y"] - first["y"] == 36
    expect(page.locator(".top")).to_be_hidden()
    expect(page.locator(".tools")).to_be_hidden()


@pytest.mark.parametrize("address", ["/", "/?q=nothing", f"/trace/{USUAL.hex}"])
def test_a_phone_needs_no_scrolling_sideways(visit: Opener, address: str) -> None:
    page = visit(address, viewport=PHONE)
    page.wait_for_load_state("networkidle") if address.startswith("/trace") else None
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_screen_is_in_reach_on_a_phone(visit: Opener) -> None:
    page = visit("/", viewport=PHONE)
    links = page.locator(".top nav a")
    page.locator(".brand").focus()
    before = 0.0
    for at in range(links.count()):
        page.keyboard.press("Tab")
        expect(links.nth(at)).to_be_focused()
        box = links.nth(at).bounding_box()
        assert box is not None
        assert before <= box["x"]
        before = box["x"] + box["width"]
    assert 0 < before <= PHONE["width"]


def test_nothing_moves_for_those_who_asked_so(visit: Opener) -> None:
    page = visit("/", reduced_motion="reduce")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0


def test_on_paper_all_rows_stand(show: Show) -> None:
    page = show(USUAL)
    assert page.locator("#rows .row").count() < 60
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#rows .row")).to_have_count(len(USUAL.spans))
    expect(page.locator(".tools")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#rows .row").count() < 60


@pytest.mark.parametrize("address", ["/", f"/trace/{USUAL.hex}", f"/trace/{USUAL.hex}/spans"])
def test_every_control_has_a_name(visit: Opener, address: str) -> None:
    page = visit(address)
    page.wait_for_timeout(300)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a[href], input, select, [role=tab]")]
          .filter((control) => control.type !== "hidden" && control.checkVisibility())
          .filter(({ textContent, ariaLabel, labels }) =>
            !(textContent.trim() || ariaLabel || labels?.length))
          .map((control) => control.outerHTML)"""
    )
    assert unnamed == []
