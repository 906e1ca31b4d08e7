"""The order of cause and effect on the Trace screen, where a clock is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, parameters
from tests.browser.spans import Trace
from tests.browser.stack import Stack

DAY_NS = 24 * 3600 * 10**9
BEHIND_MS = 3_000


def wrong_clock(seed: int) -> Trace:
    """A call to the taster, whose clock is behind, and two calls at once."""
    trace = Trace(seed, start=Trace(seed).start - 40 * DAY_NS)
    web = trace.span(None, "web", "flask.request", 0, 100, tags={"span.kind": "server"})

    def call(begin: float, end: float, number: int) -> None:
        client: dict[str, Any] = {"clock.sent": number, "clock.received": number + 3}
        server: dict[str, Any] = {"clock.received": number + 1, "clock.sent": number + 2}
        call = trace.span(
            *(web, "web", "requests.request", begin, end - begin),
            tags={"span.kind": "client", **client},
        )
        taste = trace.span(
            *(call, "taster", "taste", begin + 1 - BEHIND_MS, end - begin - 2),
            tags={"span.kind": "server", **server},
        )
        trace.span(taste, "taster", "bite", begin + 2 - BEHIND_MS, 3)

    call(10, 30, 7)
    call(40, 60, 17)
    call(45, 80, 18)
    return trace


@pytest.fixture(scope="module")
def skewed(servers: Stack) -> Trace:
    trace = wrong_clock(8700)
    servers.send([trace])
    return trace


def start_of(page: Page, row: int) -> float:
    """Return where a bar starts, in px."""
    path = page.locator(f"#row-{row} svg path").evaluate_all(
        "paths => paths.map(path => path.getAttribute('d')).filter(Boolean)[0]"
    )
    return min(float(left) for left in re.findall(r"M(\S+) ", path))


def test_the_order_is_chosen_and_kept_in_the_address(
    show: Callable[..., Page], skewed: Trace
) -> None:
    page = show(skewed)
    notice = page.locator("#notices")
    expect(notice).to_contain_text("between 2,998.9 and 3,001.1 ms behind web's; proven by 3 calls")
    assert start_of(page, 2) < start_of(page, 1), "as sent, the server is before its client"
    page.get_by_label("Order").select_option("logical")
    expect(page.locator(".ruler")).to_contain_text("tick 0")
    assert parameters(page) == {"order": "logical"}
    assert start_of(page, 1) < start_of(page, 2) < start_of(page, 3)
    page.reload()
    expect(page.locator("#row-2 [aria-label*='ticks 2 to 5']")).to_be_attached()
    page.go_back()
    expect(page.locator(".ruler")).to_contain_text(" s")
    assert parameters(page) == {}
    expect(page.get_by_label("Order")).to_have_value("wall")


def test_a_span_says_with_which_siblings_it_is_concurrent(
    show: Callable[..., Page], skewed: Trace
) -> None:
    page = show(skewed, "?order=logical")
    expect(page.locator("#row-4 [aria-label*='ticks']")).to_be_attached()
    page.locator("#row-4").click()
    expect(page.locator("#detail")).to_contain_text(
        "concurrent with 1 sibling: web requests.request"
    )
    page.locator("#row-1").click()
    expect(page.locator("#detail .figures")).to_contain_text("1–6")
    expect(page.locator("#detail .figures")).not_to_contain_text("concurrent")


def test_zooming_goes_by_ticks(show: Callable[..., Page], skewed: Trace) -> None:
    page = show(skewed, "?order=logical")
    expect(page.locator(".ruler")).to_contain_text("tick 0")
    page.keyboard.press("j")
    page.keyboard.press("Z")
    assert parameters(page) == {"order": "logical", "from": "1", "to": "6"}
    page.get_by_label("Order").select_option("wall")
    assert parameters(page) == {}, "ticks are no times"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_on_a_phone(show: Callable[..., Page], skewed: Trace, scheme: str) -> None:
    page = show(skewed, "?order=logical", viewport=PHONE, color_scheme=scheme)
    expect(page.get_by_label("Order")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_order_that_cannot_be_loaded_leaves_the_clocks(
    show: Callable[..., Page], skewed: Trace
) -> None:
    page = show(skewed, expected="404")
    page.route("**/order", lambda route: route.fulfill(status=404, json={"error": "gone"}))
    page.get_by_label("Order").select_option("logical")
    expect(page.get_by_label("Order")).to_have_value("wall")
    assert start_of(page, 2) < start_of(page, 1)
