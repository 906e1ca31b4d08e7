"""Spans that cannot have been when they say, and spans that share an id, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, expect_rows, parameters
from tests.browser.spans import odd
from tests.browser.stack import Stack
from tests.browser.test_trace import row

ODD = odd(70)


@pytest.fixture
def page(servers: Stack, visit: Opener) -> Page:
    if ODD.hex not in servers.sent:
        servers.send([ODD])
    page = visit(f"/trace/{ODD.hex}")
    page.wait_for_selector("#rows:not([aria-busy])")
    return page


def test_impossible_times_are_named_and_no_numbers(page: Page) -> None:
    expect_rows(page, len(ODD.spans))
    expect(page.locator(".row .untimed:not(:empty)")).to_have_count(7)
    page.locator('[data-do="fold"]').click()
    expect_rows(page, 6)
    for name in ("palate.taste", "redis.command"):
        span = row(page, name)
        expect(span.locator(".took")).to_have_text("–")
        expect(span.locator(".untimed")).to_have_text("time impossible")
        expect(span.locator(".bar")).to_have_attribute("d", "")
    expect(row(page, "sqlalchemy.query").locator(".untimed")).to_be_empty()
    row(page, "palate.taste").locator(".label").click()
    expect(page.locator("#detail .figures")).to_contain_text("impossible")
    expect(page.locator("#detail")).to_contain_text("1970-01-01")


def test_each_of_two_spans_with_one_id_opens(page: Page) -> None:
    for at, address in enumerate(ADDRESSES):
        row(page, "requests.request", at).locator(".label").click()
        expect(page.locator("#detail")).to_contain_text("one of 2 spans with this id")
        assert parameters(page)["span"] == address
    page.reload()
    expect(row(page, "requests.request", 1)).to_have_attribute("aria-selected", "true")
    expect(row(page, "requests.request", 0)).to_have_attribute("aria-selected", "false")
    notice = page.locator("#notices details", has_text="has the id of another span")
    notice.locator("summary").click()
    notice.locator("button").click()
    assert parameters(page)["span"] == ADDRESSES[1]


ADDRESSES = [f"{ODD.spans[1]['span_id']:016x}{number}" for number in ("", ".2")]
