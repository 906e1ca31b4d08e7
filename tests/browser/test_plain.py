"""Reading without scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import FAILED, USUAL, Opener


def test_search_read_and_go_on(visit: Opener) -> None:
    page = visit("/", java_script_enabled=False)
    page.locator("#q").fill("error:1 service:taster")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="GET /pair/beer").click()
    page.wait_for_url(f"**/trace/{FAILED.hex}/spans")
    expect(page.locator("h1")).to_contain_text("GET /pair/beer")
    expect(page.locator("table.spans tbody tr")).to_have_count(len(FAILED.spans))
    page.locator("table.spans a", has_text="requests.request").last.click()
    expect(page.locator("main")).to_contain_text("taster answered 500")


def test_the_helper_works_as_a_form(visit: Opener) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_text("Build a search").click()
    page.get_by_label("Service").select_option("redis")
    page.get_by_role("button", name="Add to the search").click()
    expect(page.locator("#q")).to_have_value("service:redis")
    expect(page.locator("#traces tbody tr").first).to_be_visible()


def test_what_needs_scripts_is_not_shown(visit: Opener) -> None:
    page = visit("/", java_script_enabled=False)
    for part in (".live-state", "#scatter", "[data-do=theme]"):
        expect(page.locator(part)).to_be_hidden()
    page.goto(page.url + f"trace/{USUAL.hex}/spans")
    expect(page.locator("[data-copy]")).to_be_hidden()
