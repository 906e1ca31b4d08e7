"""What if in a real browser: sliders that answer at once, the flow graph, forms without scripts."""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Error, Page, Route, expect

from tests.browser.conftest import PHONE, Opener
from tests.browser.deploys import BAKERS, BEFORE, ROUTE
from tests.browser.test_modules import use
from tests.waiting import wait_until
from ui.what_if_change import Change

ADDRESS = f"/what-if?service=web&resource={quote(ROUTE)}&q=version:{BEFORE}"
THEN = '[data-then="p50"]'
PREDICTS = f"ms => Math.abs(parseFloat(document.querySelector('{THEN}').textContent) - ms) <= 2"
"""Whether so many milliseconds are predicted. Each step of a slider asks anew: await the last."""


def changes(page: Page) -> list[dict[str, object]]:
    """What the address says is changed."""
    return [json.loads(each) for each in parse_qs(urlsplit(page.url).query).get("change", [])]


def milliseconds(page: Page, selector: str = THEN) -> float:
    return float(page.locator(selector).inner_text().removesuffix(" ms"))


def test_a_slider_changes_the_prediction_and_the_address(visit: Opener) -> None:
    page = visit(ADDRESS)
    now = milliseconds(page)
    slider = page.get_by_role("slider", name="Speed of taster flask.request GET /taste")
    expect(slider).to_have_attribute("aria-valuetext", "as it is")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "2 × as fast")
    wait_until(lambda: page.evaluate(PREDICTS, now - 36))  # four calls of 18 ms, twice as fast
    [change] = changes(page)
    assert (change["service"], change["way"], change["factor"]) == ("taster", "scale", 0.5)
    expect(page.locator("#announce")).to_contain_text("predicted p50")
    expect(slider).to_be_focused()
    address, then = page.url, milliseconds(page)
    page.goto(address)
    assert milliseconds(page) == then, "the address keeps it"
    expect(slider).to_have_attribute("aria-valuetext", "2 × as fast")
    page.get_by_role("link", name="Undo all").click()
    expect(page.locator(THEN)).to_have_text(f"{now:g} ms")
    assert changes(page) == []


def test_the_last_answer_wins(visit: Opener) -> None:
    page = visit(ADDRESS)
    late: list[Route] = []
    first_is_held = threading.Event()

    def hold_the_first(route: Route) -> None:
        if first_is_held.is_set():
            route.continue_()
        else:
            late.append(route)
            first_is_held.set()

    page.route("**/what-if/answer*", hold_the_first)
    choice = page.get_by_role("combobox", name=re.compile(re.escape(BAKERS[:40])))
    choice.select_option("batch")
    expect(page.locator("#prediction")).to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(300)
    choice.select_option("cache")
    expect(page.locator(".change-chip")).to_contain_text("from a cache")
    then = milliseconds(page)
    for route in late:
        with suppress(Error):  # the page gave it up long ago
            route.continue_()
    page.wait_for_timeout(500)
    expect(page.locator(".change-chip")).to_contain_text("from a cache")
    assert milliseconds(page) == then
    assert changes(page)[0]["way"] == "cache"


def test_on_the_flow_graph_by_keyboard(visit: Opener) -> None:
    page = visit(ADDRESS)
    now = milliseconds(page)
    node = page.locator("a.node", has_text="db sqlalchemy.query")
    node.focus()
    page.keyboard.press("Enter")
    popover = page.get_by_role("dialog", name=re.compile("SELECT baker.id"))
    expect(popover.get_by_role("slider")).to_be_focused()
    popover.get_by_label("What if it were").select_option("parallel")
    expect(popover.locator("output")).to_have_text("8 at a time")
    expect(node).to_contain_text("8 wide")
    expect(page.locator(THEN)).not_to_have_text(f"{now:g} ms")
    assert milliseconds(page) < now
    row = page.get_by_role("row", name=re.compile("SELECT … FROM baker"))
    expect(row.get_by_role("spinbutton")).to_have_value("8")
    page.keyboard.press("Escape")
    expect(popover).to_be_hidden()
    expect(node).to_be_focused()


def test_a_hit_ratio_by_slider(visit: Opener) -> None:
    page = visit(ADDRESS)
    now = milliseconds(page)
    row = page.get_by_role("row", name=re.compile("taster flask.request"))
    row.get_by_role("combobox").select_option("cache")
    slider = row.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "from a cache")
    wait_until(lambda: page.evaluate(PREDICTS, now - 72))  # four calls of 18 ms
    for _ in range(7):
        slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "50 % from a cache")
    expect(page.locator(".change-chip")).to_contain_text("50 % from a cache")
    assert changes(page)[0]["hit_ratio"] == 0.5
    expect(page.locator(".node.current")).to_contain_text("50 % cached")
    assert now - 72 < milliseconds(page) < now


def test_without_scripts_it_is_a_form(visit: Opener) -> None:
    page = visit("/what-if", java_script_enabled=False)
    now = milliseconds(page)
    row = page.get_by_role("row", name=re.compile("taster flask.request"))
    expect(row.get_by_role("slider")).to_be_hidden()
    row.get_by_role("combobox").select_option("scale")
    row.get_by_role("spinbutton").fill("4")
    page.get_by_role("button", name="Predict").last.click()
    page.wait_for_url("**change=**")
    assert milliseconds(page) < now
    expect(row.get_by_role("spinbutton")).to_have_value("4")
    page.get_by_role("combobox", name="Service").select_option("taster")
    page.get_by_role("button", name="Who fails?").click()
    outcomes = page.get_by_role("table", name="Routes without taster")
    expect(outcomes.get_by_role("row", name=re.compile("beer"))).to_contain_text("fails")
    assert changes(page)[0]["factor"] == 0.25, "what was changed stays"


def test_what_cannot_be_asked_is_said(visit: Opener) -> None:
    page = visit(ADDRESS, expected="50")
    page.route("**/what-if/answer*", lambda route: route.fulfill(status=500, body="<p>no"))
    page.get_by_role("combobox", name=re.compile("requests.request")).first.select_option("cache")
    expect(page.locator("#announce")).to_contain_text("No prediction")
    expect(page.locator("#prediction")).not_to_have_attribute("aria-busy", "true")


def test_words_for_changes_are_those_of_the_server(visit: Opener) -> None:
    page = visit("/what-if?all=1", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    of = ("db", "query", "SELECT")
    made = [Change(of, "scale", 1 / by) for by in (2, 0.5, 1.25, 3, 100)]
    made += [Change(of, "parallel", width=by) for by in (1, 8, 1000)]
    made += [Change(of, "batch"), Change(of, "cache")]
    made += [Change(of, "cache", hit_ratio=ratio) for ratio in (0.8, 0.995)]
    given = [[change.way, change.number or 1] for change in made]
    said = use(page, "change-row.js", "given.map(([way, by]) => module.describe(way, by))", given)
    assert said == [change.words for change in made]
    marks = use(
        page, "change-row.js", "given.map(([way, by]) => module.describeBriefly(way, by))", given
    )
    assert marks == [change.mark for change in made]


def test_the_levers_are_about_the_chosen_time(visit: Opener) -> None:
    page = visit(ADDRESS)
    page.get_by_role("combobox", name="Time").select_option("5m")
    page.wait_for_url("**last=5m**")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("combobox", name="Time").select_option("1h")
    page.wait_for_url("**last=1h**")
    slider = page.get_by_role("slider", name="Speed of taster flask.request GET /taste")
    with page.expect_request("**/what-if/answer*") as asked:
        slider.press("ArrowRight")
    assert parse_qs(urlsplit(asked.value.url).query)["last"] == ["1h"]
