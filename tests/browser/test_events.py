"""Events and links in the waterfall: marks where they happened, words beside the names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import USUAL
from tests.browser.spans import HOSTILE, MS, Trace
from tests.browser.stack import Stack

Show = Callable[..., Page]

MARK = ".event-mark"


def streamed() -> Trace:
    """An answer whose first byte goes out after a query; a span with a thousand hostile events."""
    trace = Trace(8100)
    web = trace.span(None, "web", "flask.request", 0, 400, "GET /menu", "http")
    query = trace.span(web, "db", "query", 2, 15, "SELECT " + "donut, " * 100, "sql")
    noisy = trace.span(web, "web", "noisy", 200, 100)
    web["span_events"] = [event(web, 100, "http.response.first_byte")]
    noisy["span_events"] = [event(noisy, at / 20, HOSTILE[at % 10]) for at in range(1000)]
    query["span_links"] = [
        {"trace_id": trace.id, "trace_id_high": trace.high, "span_id": web["span_id"]}
    ]
    return trace


def event(span: dict[str, Any], after: float, name: str) -> dict[str, Any]:
    return {"time_unix_nano": span["start"] + round(after * MS), "name": name, "attributes": {}}


def middle(row: Locator) -> float:
    """Where its first mark is across its timeline, 0 to 1. Marks are made anew whenever more is
    known of the trace, so that they are looked for where they are measured."""
    share: float = row.evaluate(
        """row => {
          const own = row.querySelector(".event-mark").getBoundingClientRect();
          const time = row.querySelector(".time").getBoundingClientRect();
          return (own.x + own.width / 2 - time.x) / time.width;
        }"""
    )
    return share


def test_events_are_marks_where_they_happened(show: Show, servers: Stack) -> None:
    trace = streamed()
    servers.send([trace])
    page = show(trace)
    rows = page.locator("#rows .row")
    root, query, noisy = rows.nth(0), rows.nth(1), rows.nth(2)
    expect(root.locator(f"{MARK} title")).to_have_text("first byte 100 ms into the span")
    assert abs(middle(root) - 100 / 400) < 0.01
    expect(root.locator(".extras")).to_have_text("first byte 100 ms")
    spoken = root.locator(".time").get_attribute("aria-label") or ""
    assert spoken.endswith("first byte 100 ms into the span")
    expect(query.locator(".extras")).to_have_text("1 link")
    expect(query.locator(MARK)).to_have_count(0)
    assert query.locator(".extras").bounding_box()["width"] > 20  # type: ignore[index]
    expect(page.locator(".legend")).to_contain_text("event")

    expect(noisy.locator(MARK)).to_have_count(8)
    assert abs(middle(noisy) - 200 / 400) < 0.01
    expect(noisy.locator(".extras")).to_have_text("1,000 events")
    assert "992 more events" in (noisy.locator(".time").get_attribute("aria-label") or "")
    assert noisy.locator(f"{MARK} title").first.text_content() == f"{HOSTILE[0]} 0 ns into the span"
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0

    later = show(trace, "?from=200000000&to=400000000")
    mark = later.locator("#rows .row").first.locator(MARK)
    expect(mark).to_have_attribute("d", "")


def test_a_trace_without_events_has_no_marks(show: Show) -> None:
    page = show(USUAL)
    expect(page.locator("#rows .row .bar").first).to_be_attached()
    expect(page.locator(MARK)).to_have_count(0)
    assert "event" not in page.locator(".legend").inner_text()
