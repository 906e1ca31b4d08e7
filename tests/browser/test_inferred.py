"""What nobody has traced: dashed, with its confidence, and beside the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from collector.infer import collector_client
from collector.infer.forest import forest_of
from collector.infer.inference import infer
from collector.infer.spans import traces
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.stack import Stack, stack
from tests.collector.infer.simulated import Simulated, simulate
from tests.collector.infer.traced import traced
from tutor import http

VISITS = 24


@pytest.fixture(scope="module")
def shown() -> Iterator[Stack]:
    """A stack with the traces of two users, and with what was inferred from their logs."""
    now = time.time_ns() - 60 * 10**9
    records, callers = simulate(2, VISITS, ids=False)
    records = [r._replace(start=r.start + now, end=r.end + now) for r in records]
    found = infer(records)
    with stack() as running:
        collector_client.store(running.collector, traced(Simulated(records, callers)))
        collector_client.store(running.collector, traces(found, forest_of(found)))
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with ExitStack() as end:
        context = browser.new_context(viewport=DESKTOP)
        end.callback(context.close)
        yield context.new_page()


def largest(shown: Stack) -> str:
    """The id of an inferred trace with calls."""
    found = http.get(f"{shown.collector}/api/traces?q=inferred:1").json()["traces"]
    return str(max(found, key=lambda trace: trace["spans"])["trace_id"])


def dashes(page: Page, selector: str) -> str:
    dashed: str = page.locator(selector).first.evaluate("e => getComputedStyle(e).strokeDasharray")
    return dashed


def test_an_inferred_trace_is_dashed_and_leads_to_the_truth(shown: Stack, page: Page) -> None:
    page.goto(f"{shown.ui}/trace/{largest(shown)}")
    expect(page.locator("#rows .row").first).to_be_visible()
    assert dashes(page, "#rows .row .bar") != "none"
    page.get_by_role("link", name="Compare with the truth").click()
    expect(page.get_by_role("columnheader", name="Verdict")).to_be_visible()
    page.get_by_role("link", name="The same request, traced").click()
    expect(page.locator("#rows .row").first).to_be_visible()
    assert dashes(page, "#rows .row .bar") == "none"
    expect(page.get_by_role("link", name="Compare with the truth")).to_have_count(0)


def test_the_map_of_inferred_traces_is_dashed_and_leads_to_the_score(
    shown: Stack, page: Page
) -> None:
    page.goto(f"{shown.ui}/map?q=inferred:1")
    assert dashes(page, ".graph .line .run") != "none"
    page.get_by_role("link", name="Compare with the truth").click()
    expect(page.get_by_role("heading", name="Inferred, and the truth")).to_be_visible()
    assert dashes(page, ".graph .line .run") != "none"
    expect(page.locator(".graph .line text").first).to_contain_text("sure")
    edges = page.get_by_role("row", name="web → taster").or_(
        page.get_by_role("row").filter(has_text="taster").filter(has_text="right")
    )
    expect(edges.first).to_contain_text("right")


def test_the_usual_map_knows_nothing_of_it(shown: Stack, page: Page) -> None:
    page.goto(f"{shown.ui}/map")
    assert dashes(page, ".graph .line .run") == "none"
    expect(page.get_by_role("link", name="Compare with the truth")).to_have_count(0)
    listed = http.get(f"{shown.collector}/api/traces").json()["matched"]
    assert listed == VISITS


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone(shown: Stack, browser: Browser, theme: str) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=theme)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        for path in ("/inferred?q=inferred:1", f"/trace/{largest(shown)}/inferred"):
            page.goto(shown.ui + path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], path
    finally:
        context.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/trace/%C3%A9%C3%A9/inferred", 404),
        ("/trace/zz/inferred", 404),
        ("/trace/12/inferred", 404),
        (f"/trace/{1:032x}/inferred", 404),
        ("/trace/%00/inferred", 404),
        ("/inferred?q=((", 400),
        ("/inferred?from=yesterday", 400),
        ("/inferred?q=service:nobody", 200),
    ],
)
def test_odd_addresses_are_answered_in_words(shown: Stack, path: str, status: int) -> None:
    answer = http.get(shown.ui + path)
    assert answer.status == status
    assert "Traceback" not in answer.text
