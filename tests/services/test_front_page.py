"""The front page, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from services import menu
from tests.servers import ROOT
from tests.services.pair import Pair
from tests.ui.colour import contrast


@pytest.fixture(autouse=True)
def quick(pair: Pair) -> Iterator[None]:
    with pair.turned(TASTE_MS=1, CONNECT_MS=0, SQL_ROUND_TRIP_MS=0, REDIS_ROUND_TRIP_MS=0):
        yield


@pytest.fixture
def page(browser: Browser, pair: Pair) -> Iterator[Page]:
    """The front page; any message in its console fails the test."""
    complaints: list[str] = []
    page = browser.new_page(base_url=pair.web.url)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    yield page
    page.close()
    assert [message for message in complaints if "Failed to load resource" not in message] == []


def test_no_resources_from_elsewhere_and_a_strict_policy(pair: Pair) -> None:
    answer = pair.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonces = set(re.findall(r'nonce="(.+?)"', answer.text))
    assert len(nonces) == 1
    assert nonces.pop() in policy
    assert not re.findall(r'(?:src|href)="(?!data:|/)', answer.text)
    assert pair.get("/").headers["Content-Security-Policy"] != policy


def test_every_beer_can_be_chosen(pair: Pair) -> None:
    options = re.findall(r'<option value="(.+?)"', pair.get("/").text)
    assert options == [beer.name for beer in menu.BEERS]


def test_without_scripts_the_form_answers_too(pair: Pair) -> None:
    answer = pair.get("/?name=ipa")
    assert "<h2>orange blossom</h2>" in answer.text
    assert "baked by Azahar Petal" in answer.text
    _, trace_id, _, _ = answer.headers["traceresponse"].split("-")
    assert f'href="http://127.0.0.1:8080/trace/{trace_id}"' in answer.text
    assert pair.sink.trace(answer).root["resource"] == "GET /"


def test_the_name_of_an_unknown_beer_cannot_inject_markup(pair: Pair) -> None:
    answer = pair.get("/?name=<script>alert(1)</script>")
    assert answer.status_code == 200
    assert "there is no beer called" in answer.text
    assert "<script>alert" not in answer.text


def test_choosing_a_beer_with_the_keyboard(page: Page) -> None:
    page.get_by_label("Your beer").focus()
    page.keyboard.type("stout")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="maple")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("99 of 100 points")
    link = page.get_by_role("link", name="See where the time went")
    assert re.fullmatch(r"http://127.0.0.1:8080/trace/[0-9a-f]{32}", link.get_attribute("href"))
    expect(page.get_by_text("stout + maple")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "go", "the focus stays on the button"


def test_errors_are_reported_kindly(page: Page, pair: Pair) -> None:
    button, status = page.get_by_role("button", name="Find my donut"), page.get_by_role("status")
    with pair.turned(TASTE_TIMEOUT_S=0.02, TASTE_MS=200, ATTEMPTS=1):
        button.click()
        expect(status).to_contain_text("No donut this time")
    expect(status).to_contain_text("is too slow")
    expect(page.get_by_role("link", name="See where the time went")).to_be_visible()
    page.route("**/pair/beer*", lambda route: route.abort())
    button.click()
    expect(status).to_contain_text("Nobody is behind the counter")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_role("button", name="Find my donut").click()
    expect(page.get_by_role("link", name="trace of ipa + orange blossom")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_has_enough_contrast_in_both_themes() -> None:
    """WCAG AA: 4.5 to 1."""
    css = (ROOT / "services/templates/front.css").read_text()
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.+?)\}", css.replace("#fff;", "#ffffff;"), re.DOTALL)
    )
    for theme in (light, dark):
        for ink, ground in [
            ("ink", "paper"),
            ("ink", "card"),
            ("soft", "paper"),
            ("accent", "paper"),
            ("on-accent", "accent"),
        ]:
            assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
