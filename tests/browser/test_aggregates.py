"""Routes, Route and Map: without scripts, by keyboard, to a screen reader, in place, on a phone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, PHONE, USUAL, Opener, parameters
from tests.browser.stack import Stack
from tests.browser.test_hostile import INERT
from tests.waiting import wait_until

ROUTE = "/route?service=web&resource=GET+/pair/beer"
MAP = "/map?service=web&resource=GET+/pair/beer"
BARE = {"java_script_enabled": False}
IN_SIGHT = """() => [...document.querySelectorAll('.how[open] .how-text')]
  .every((text) => text.getBoundingClientRect().right <= innerWidth)"""


@pytest.fixture(scope="module", autouse=True)
def _read(servers: Stack) -> None:
    """The large traces of the store have been read: that takes its time, once."""
    urlopen(f"{servers.collector}/api/routes", timeout=110).close()


def focused(page: Page) -> str:
    """The accessible name of what has the focus, or its text."""
    return str(
        page.evaluate(
            "(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()"
        )
    )


def test_from_the_routes_to_a_trace_without_scripts(visit: Opener) -> None:
    page = visit("/routes", **BARE)
    row = page.locator("table.routes tr", has_text="GET /pair/beer")
    expect(row).to_contain_text("staircase")
    row.get_by_role("link", name="GET /pair/beer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("GET /pair/beer")
    expect(page.locator(".cells a").first).to_be_visible()
    expect(page.locator(".graph .node").first).to_be_visible()
    for part in (".zooms", ".menu"):
        expect(page.locator(part).first).to_be_hidden()
    page.get_by_role("tab", name="Calling tree").click()
    expect(page.get_by_role("table", name=re.compile("Calling tree"))).to_contain_text("level 5")
    page.get_by_role("link", name="palate.wait").first.click()
    selection = page.get_by_role("region", name=re.compile("palate.wait"))
    expect(selection).to_be_visible()
    selection.get_by_role("link", name="Slowest").click()
    page.wait_for_url("**/trace/**")


def test_how_a_number_is_computed_without_scripts_and_on_paper(visit: Opener) -> None:
    page = visit(ROUTE, **BARE)
    how = page.locator(".figures .how").first
    expect(how.locator(".how-text")).to_be_hidden()
    how.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(how.locator(".how-text")).to_contain_text("collector.analysis")
    expect(page.locator(".footnotes")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".footnotes li").first).to_be_visible()
    expect(how.locator("sup")).to_be_visible()
    expect(page.locator(".graph .node").first).to_be_visible()
    expect(page.locator(".filter")).to_be_hidden()


def test_the_map_without_scripts(visit: Opener) -> None:
    page = visit(MAP, **BARE)
    page.get_by_role("link", name=re.compile("^taster: ")).click()
    chosen = page.get_by_role("region", name="taster")
    expect(chosen).to_contain_text("If taster were down")
    expect(chosen.locator(".verdict.unknown")).to_contain_text("unknown")
    page.get_by_role("link", name=re.compile("^web → taster:")).press("Enter")
    expect(page.locator("#traces tbody tr").first).to_be_visible()


def test_tabs_are_tabs_and_change_in_place(visit: Opener) -> None:
    page = visit(ROUTE)
    page.evaluate("window.same = true")
    tabs = page.get_by_role("tablist", name="How requests run")
    flow = tabs.get_by_role("tab", name="Flow graph")
    expect(flow).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Flow graph")).to_be_visible()
    flow.focus()
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Calling tree"
    page.keyboard.press("Space")
    expect(page.get_by_role("tabpanel", name="Calling tree")).to_be_visible()
    assert focused(page) == "Calling tree"
    page.keyboard.press("End")
    assert focused(page) == "Operations"
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Operations")).to_be_visible()
    assert parameters(page)["tab"] == "table"
    assert page.evaluate("window.same"), "the page was not loaded anew"
    page.get_by_role("link", name="Calls").press("Enter")
    expect(page.locator("[aria-sort=descending]")).to_contain_text("Calls")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("tabpanel", name="Calling tree")).to_be_visible()


def test_a_node_by_keyboard(visit: Opener) -> None:
    page = visit(ROUTE)
    node = page.get_by_role("link", name=re.compile("^taster palate.wait:"))
    expect(node).to_have_accessible_name(re.compile(r"% of the critical path.*findings: wait"))
    node.focus()
    page.keyboard.press("Enter")
    selection = page.get_by_role("region", name=re.compile("palate.wait"))
    expect(selection).to_be_visible()
    expect(selection).to_be_focused()
    expect(node).to_have_attribute("aria-current", "true")
    selection.get_by_role("link", name="Close palate.wait").press("Enter")
    expect(selection).to_be_hidden()
    assert "node" not in parameters(page)


def test_the_heat_map_by_keyboard(visit: Opener) -> None:
    page = visit(ROUTE)
    cells = page.locator("#cells a")
    expect(page.locator('#cells a[tabindex="0"]')).to_have_count(1)
    cells.first.focus()
    before = focused(page)
    assert re.match(r"\d+ of .* to .* at \d\d:\d\d:\d\d", before)
    for key, back in (("ArrowRight", "ArrowLeft"), ("ArrowUp", "ArrowDown")):
        page.keyboard.press(key)
        if focused(page) != before:
            page.keyboard.press(back)
            break
    else:
        raise AssertionError("there is nothing above and nothing to the right")
    expect(page.locator('#cells a[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: urlsplit(address).path in ("/",) or "/trace/" in address)


def test_explanations_open_one_at_a_time_and_close_by_escape(visit: Opener) -> None:
    page = visit("/routes")
    first, second = page.locator(".how summary").first, page.locator(".how summary").last
    expect(first).to_have_accessible_name(re.compile("How is this computed"))
    first.press("Enter")
    expect(page.locator(".how-text >> visible=true")).to_have_count(1)
    second.press("Enter")
    text = page.locator(".how-text >> visible=true")
    expect(text).to_have_count(1)
    wait_until(lambda: page.evaluate(IN_SIGHT))  # once the table has scrolled to it
    page.keyboard.press("Escape")
    expect(text).to_have_count(0)
    expect(second).to_be_focused()


def test_the_size_of_a_graph_stands_in_the_address(visit: Opener) -> None:
    page = visit(ROUTE)
    graph = page.locator(".graph-room > svg")
    before = float(graph.get_attribute("width") or 0)
    page.locator("main").press("+")
    assert float(graph.get_attribute("width") or 0) > before
    assert float(parameters(page)["zoom"]) > 1
    wide = graph.get_attribute("width")
    page.reload()
    expect(graph).to_have_attribute("width", str(wide))
    room = page.get_by_role("region", name=re.compile("Flow of requests"))
    room.focus()
    expect(room).to_be_focused()
    page.get_by_role("button", name="Fit").click()
    assert room.evaluate("room => room.scrollWidth - room.clientWidth") <= 1


def test_pictures_to_take_along(visit: Opener) -> None:
    page = visit(ROUTE, color_scheme="dark", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#picture .menu summary").click()
    page.get_by_role("button", name="Copy as SVG").last.click()
    expect(page.locator("#announce")).to_have_text("SVG copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    document = page.evaluate(
        """(text) => {
          const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
          return {
            error: parsed.querySelector("parsererror")?.textContent,
            links: parsed.querySelectorAll("a, [class], [onclick]").length,
            text: parsed.documentElement.textContent,
            fills: [...parsed.querySelectorAll("rect")].map((rect) => rect.getAttribute("fill")),
          };
        }""",
        copied,
    )
    assert document["error"] is None
    assert document["links"] == 0
    assert "palate.taste" in document["text"]
    assert "/route?" in document["text"], "it says where it is from"
    assert len(set(document["fills"])) > 3, "colours came along"
    assert not [fill for fill in document["fills"] if fill and "var(" in fill]


@pytest.mark.parametrize("address", ["/routes", ROUTE, f"{ROUTE}&tab=tree", f"{MAP}&chosen=db"])
def test_every_control_has_a_name_and_a_phone_is_wide_enough(visit: Opener, address: str) -> None:
    page = visit(address, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a[href], input, select, summary")]
          .filter((control) => control.type !== "hidden" && control.checkVisibility())
          .filter(({ textContent, ariaLabel, labels }) =>
            !(textContent.trim() || ariaLabel || labels?.length))
          .map((control) => control.outerHTML)"""
    )
    assert unnamed == []


def test_hostile_names_in_the_graph_and_in_its_picture(visit: Opener) -> None:
    page = visit(f"/trace/{HOSTILE.hex}/route", permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator(".graph .node").first).to_be_visible()
    assert page.evaluate(INERT) == 0
    assert page.title() != "owned"
    page.locator("#picture .menu summary").click()
    page.get_by_role("button", name="Copy as SVG").last.click()
    expect(page.locator("#announce")).to_have_text("SVG copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    parsed = page.evaluate(
        """(text) => new DOMParser().parseFromString(text, "image/svg+xml")
          .querySelectorAll("parsererror, script, img").length""",
        copied,
    )
    assert parsed == 0


def test_links_between_the_screens(visit: Opener) -> None:
    page = visit(f"/trace/{USUAL.hex}")
    page.get_by_role("link", name="Its route").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("GET /pair/beer")
    page.get_by_role("link", name="Its map").click()
    expect(page.get_by_role("link", name=re.compile("^taster: "))).to_be_visible()
    page.goto(page.url.split("/map")[0] + "/?q=service:taster&last=1h")
    page.get_by_role("link", name="By route").click()
    assert parameters(page) == {"q": "service:taster", "last": "1h"}
    expect(page.locator("#q")).to_have_value("service:taster")


def test_for_a_room_the_tools_are_gone_and_the_graph_fits(visit: Opener) -> None:
    page = visit(f"{ROUTE}&present=1", color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    for tool in (".filter", ".levels", ".zooms"):
        expect(page.locator(tool).first).to_be_hidden()
    room = page.locator(".graph-room")
    assert room.evaluate("room => room.scrollWidth - room.clientWidth") <= 1
