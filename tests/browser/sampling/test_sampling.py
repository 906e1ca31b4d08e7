"""Rules and policies are changed on the page, and what is kept is seen there."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Opener
from tests.browser.spans import HOSTILE, pairing
from tests.browser.stack import Stack

RULES = [{"service": "web", "rate": 0.25}, {"service": "taster"}, {"rate": 0.5}]
POLICIES = [{"keep": "error"}, {"keep": "slow"}, {"keep": "sample", "rate": 0.5}]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def put(servers: Stack, what: str, content: object) -> None:
    body = json.dumps(content).encode()
    with urlopen(Request(f"{servers.collector}/sampling/{what}", body, method="PUT")) as answer:
        assert answer.status == 200


def get(servers: Stack) -> dict[str, Any]:
    with urlopen(f"{servers.collector}/api/sampling") as answer:
        return dict(json.load(answer))


@pytest.fixture(autouse=True)
def settings(servers: Stack) -> None:
    """Set some rules and policies."""
    put(servers, "rules", {"rules": RULES})
    put(servers, "policies", {"wait_s": 0, "policies": POLICIES})


def rules(page: Page) -> list[str]:
    """Return what the rules on the page keep."""
    return page.locator("#rules tr[id] td:nth-child(3)").all_inner_texts()


def test_a_rule_is_added_without_loading_the_page(visit: Opener, servers: Stack) -> None:
    page = visit("/sampling", expected="400")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Add a rule").click()
    expect(page.get_by_label("Service", exact=True)).to_be_focused()
    page.keyboard.type("shop")
    page.get_by_label("Share to keep", exact=True).fill("1000")
    page.keyboard.press("Enter")
    wrong = page.get_by_label("Share to keep", exact=True)
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Service", exact=True)).to_have_value("shop")
    expect(page.locator(".field.wrong")).to_contain_text("from 0 to 100 %")
    wrong.fill("7")
    page.keyboard.press("Enter")
    expect(page.locator("#rule-3")).to_contain_text("7 %")
    expect(page.locator(".sampling-form")).to_have_count(0)
    assert page.evaluate("window.same")
    assert get(servers)["rules"][3]["rate"] == 0.07


def test_the_keyboard_moves_a_rule_all_the_way(visit: Opener) -> None:
    page = visit("/sampling")
    assert rules(page) == ["25 %", "all", "50 %"]
    page.get_by_role("button", name="Move rule 3 up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move rule 2 up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move rule 1 down")).to_be_focused()
    assert rules(page) == ["50 %", "25 %", "all"]
    expect(page.locator("#rule-1")).to_contain_text("Never: rule 1 takes all that it would")


def test_a_policy_shows_the_fields_of_its_kind(visit: Opener) -> None:
    page = visit("/sampling?policy=1")
    expect(page.get_by_label("Slower than")).to_be_visible()
    expect(page.get_by_label("Search")).to_be_hidden()
    page.get_by_label("Keep", exact=True).first.select_option("search")
    expect(page.get_by_label("Slower than")).to_be_hidden()
    page.get_by_label("Search").fill("service:db")
    page.get_by_label("Called").fill("sql")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#policy-1")).to_contain_text("found by service:db")


def test_all_of_it_works_without_scripts(visit: Opener, servers: Stack) -> None:
    page = visit("/sampling", java_script_enabled=False)
    page.get_by_role("button", name="Move rule 2 down").click()
    expect(page.locator("#rules tr[id] td:nth-child(3)")).to_have_text(["25 %", "50 %", "all"])
    page.get_by_role("link", name="Change rule 1", exact=True).click()
    page.get_by_label("Share to keep", exact=True).fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#rule-0")).to_contain_text("5 %")
    page.get_by_role("button", name="Remove policy 1").click()
    expect(page.locator("#policies tr[id]")).to_have_count(2)
    page.get_by_label("Wait for a trace's spans").fill("0.2")
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator(".state")).to_have_text("on: waits 0.2 s")
    page.locator("#percent").fill("10")
    page.get_by_role("button", name="Tell").click()
    expect(page.locator("#what-if-answer")).to_contain_text("GET /pair/beer")
    assert get(servers)["tail"]["wait_s"] == 0.2


def test_the_slider_answers_at_once(visit: Opener) -> None:
    page = visit("/sampling")
    answer = page.locator("#what-if-answer")
    expect(answer).to_contain_text("too few to tell")
    page.locator("#rate-slider").fill("2")
    expect(page.locator("#percent")).to_have_value("100")
    expect(answer).to_contain_text("± 0 %")
    page.locator("#percent").fill("0.01")
    expect(page.locator("#rate-slider")).to_have_value("-2")
    expect(answer).to_contain_text("nothing known")


def test_what_is_kept_shows_by_itself(visit: Opener, servers: Stack) -> None:
    put(servers, "policies", {"wait_s": 0.1, "policies": POLICIES})
    page = visit("/sampling")
    servers.send([pairing(seed, fail=True) for seed in range(50, 55)])
    expect(page.locator("#policy-kept-0")).to_contain_text("5")
    expect(page.locator("#kept-chart .piece.error").first).to_be_attached()
    expect(page.locator("#kept-chart .reasons")).to_contain_text("error")


def test_a_list_changed_elsewhere_is_shown_by_itself(visit: Opener, servers: Stack) -> None:
    page = visit("/sampling")
    put(servers, "rules", {"rules": RULES[:1]})
    expect(page.locator("#rules tr[id]")).to_have_count(1)


def test_what_is_being_typed_outlives_a_change_elsewhere(visit: Opener, servers: Stack) -> None:
    page = visit("/sampling?rule=0", expected="409")
    page.get_by_label("Resource").fill("GET /mine")
    with page.expect_response("**/sampling?rule=0"):
        put(servers, "rules", {"rules": RULES[:1]})
    expect(page.get_by_label("Resource")).to_have_value("GET /mine")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#sampling > .notice")).to_contain_text("changed elsewhere meanwhile")
    expect(page.get_by_label("Resource")).to_have_value("GET /mine")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/sampling", "/sampling?rule=0", "/sampling?policy=2"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    visit: Opener, servers: Stack, address: str, theme: str
) -> None:
    long = {"service": "x" * 500, "resource": "y" * 500, "tags": {"t" * 200: "p" * 500}}
    put(servers, "rules", {"rules": [long, *RULES]})
    page = visit(address, viewport=PHONE, color_scheme=theme)
    assert page.evaluate(SIDEWAYS) == 0


def test_hostile_names_stay_text(visit: Opener, servers: Stack) -> None:
    texts = [text[:400] for text in HOSTILE if text]
    put(servers, "rules", {"rules": [{"service": text, "tags": {text: text}} for text in texts]})
    tail = [{"keep": "error", "service": text} for text in texts]
    put(servers, "policies", {"wait_s": 0, "policies": tail})
    page = visit("/sampling")
    page.get_by_role("link", name="Change rule 1", exact=True).click()
    expect(page.get_by_label("Service", exact=True)).to_have_value(texts[0])
    assert (
        page.evaluate("document.querySelectorAll('main img, main iframe, main script').length") == 0
    )
    assert page.title() != "owned"
