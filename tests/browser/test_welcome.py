"""The page that says "No traces yet", in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Windows
from tests.browser.spans import pairing
from tests.browser.stack import Stack, stack


@pytest.fixture(scope="module")
def nothing() -> Iterator[Stack]:
    """A stack that has no traces."""
    with stack() as running:
        yield running


@pytest.fixture
def page(nothing: Stack, windows: Windows) -> Iterator[Page]:
    options = {"viewport": DESKTOP}
    page = windows.take(options)
    yield page
    windows.give_back(page, options, nothing.ui)


def test_settings_are_copied_by_button(nothing: Stack, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=nothing.ui)
    page.goto(nothing.ui)
    page.get_by_role("button", name="Copy: Settings for OpenTelemetry").click()
    expect(page.get_by_role("status")).to_have_text("Settings for OpenTelemetry copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"OTEL_EXPORTER_OTLP_ENDPOINT={nothing.collector} \\\nOTEL_")
    assert page.locator(".to-copy code").nth(2).inner_text() == copied


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_it_fits(nothing: Stack, page: Page, viewport: dict[str, int]) -> None:
    page.set_viewport_size(viewport)  # type: ignore[arg-type]
    page.goto(nothing.ui)
    expect(page.get_by_role("heading", name="No traces yet")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for box in page.locator(".to-copy").all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # the window is used again


def test_the_first_trace_takes_its_place(page: Page) -> None:
    with stack() as fresh:
        page.goto(fresh.ui)
        expect(page.get_by_role("heading", name="No traces yet")).to_be_visible()
        fresh.send([pairing(1)])
        expect(page.locator("#traces tbody tr")).to_have_count(1)
        expect(page.locator(".welcome")).to_have_count(0)
        page.goto("about:blank")
