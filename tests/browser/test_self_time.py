"""A parent of 0 to 100 ms does not wait for its child of 50 to 150 ms: its self time is 100 ms on
every screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.spans import Trace
from tests.browser.stack import Stack

Show = Callable[..., Page]


@pytest.fixture(scope="module")
def left_running(servers: Stack) -> Trace:
    """The trace of both, and nothing else in it."""
    trace = Trace(9100)
    parent = trace.span(None, "web", "accept", 0, 100, "POST /order", "http")
    trace.span(parent, "web", "bake", 50, 100, "order 1")
    servers.send([trace])
    return trace


def test_in_the_waterfall(show: Show, left_running: Trace) -> None:
    parent = show(left_running).locator("#row-0")
    rectangles = re.findall(
        r"M(\S+) \S+?H(\S+?)v(\d+)", parent.locator(".bar").get_attribute("d") or ""
    )
    (thin, thick) = sorted(rectangles, key=lambda rectangle: int(rectangle[2]))
    assert thin[:2] == thick[:2], "thick from its start to its end"
    expect(parent.get_by_role("gridcell").last).to_have_accessible_name(
        re.compile("^starts at 0 ns, self 100 ms")
    )


def test_in_the_flame_graph(show: Show, left_running: Trace) -> None:
    blocks = show(left_running, "?view=flame").get_by_role("treeitem")
    expect(blocks.first).to_have_accessible_name(re.compile(r"200 ms .*\(100 %\), 100 ms itself"))


def test_in_the_statistics(show: Show, left_running: Trace) -> None:
    table = show(left_running, "?view=statistics").locator("#statistics table")
    row = table.locator("tbody tr", has_text="accept")
    expect(row).to_be_visible()
    headings = table.locator("thead th").all_text_contents()
    column = next(at for at, heading in enumerate(headings) if heading.startswith("Self"))
    expect(row.locator("th, td").nth(column)).to_have_text("100.00")


def test_in_the_details(show: Show, left_running: Trace) -> None:
    page = show(left_running)
    page.locator("#row-0 .operation").click()
    expect(page.locator("#detail .figures > div").nth(1)).to_contain_text("100 ms100 % of the span")


def test_in_the_tables_without_scripts(visit: Opener, left_running: Trace) -> None:
    page = visit(f"/trace/{left_running.hex}/spans", java_script_enabled=False)
    row = page.locator("table.spans tbody tr").first
    expect(row.locator("td").nth(2)).to_have_text("100 ms")
