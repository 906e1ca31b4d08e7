"""Traces as files: dropped on the page, saved from it, and spans to paste elsewhere."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import USUAL, Opener

Show = Callable[..., Page]

DROP = """([content, name]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  const tell = (type) => document.body.dispatchEvent(new DragEvent(type, options));
  tell("dragenter");
  const shown = document.querySelector(".drop-target")?.textContent;
  tell("drop");
  return shown;
}"""


def file(*traces: str, spans: int = 1, start: str = "5") -> bytes:
    """Return a file with traces of the service `dropped`."""
    made = [
        {"id": f"{number:x}", "start": start, "duration": 1, "service": "dropped", "name": "op"}
        for number in range(1, spans + 1)
    ]
    listed = [{"trace_id": trace_id, "spans": made} for trace_id in traces]
    return json.dumps({"traces": listed}).encode()


def drop(page: Page, content: bytes, name: str = "a.json") -> object:
    return page.evaluate(DROP, [base64.b64encode(content).decode(), name])


def compressed_in_two(content: bytes) -> bytes:
    """Return what `cat one.gz other.gz` makes, which a browser alone would not unpack."""
    return gzip.compress(content[:20]) + gzip.compress(content[20:])


@pytest.mark.parametrize("pack", [bytes, gzip.compress, compressed_in_two])
def test_a_dropped_file_opens(visit: Opener, pack: Callable[[bytes], bytes]) -> None:
    page = visit("/")
    assert drop(page, pack(file("d1", spans=3))) == "Drop the file to open it"
    page.wait_for_url(f"**/trace/{'d1':0>32}")
    expect(page.locator('[data-fact="spans"]')).to_have_text("3")
    expect(page.locator(".drop-target")).to_have_count(0)


def test_several_traces_open_as_a_search_also_from_a_trace(show: Show) -> None:
    page = show(USUAL)
    drop(page, file("d2", "d3"))
    page.wait_for_url("**/?q=*")
    expect(page.locator("#traces tbody tr")).to_have_count(2)


def test_a_file_is_chosen_by_keyboard_and_sent_in_pieces(visit: Opener, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_bytes(file("d4", spans=60_000))
    assert large.stat().st_size > 4 * 1024 * 1024
    page = visit("/")
    page.locator(".beside summary", has_text="Open a file").press("Enter")
    page.get_by_label("A file with traces").set_input_files(large)
    page.wait_for_url(f"**/trace/{'d4':0>32}")
    expect(page.locator('[data-fact="spans"]')).to_have_text("60,000")


def test_what_cannot_be_opened_is_said(visit: Opener) -> None:
    page = visit("/", expected="415")
    drop(page, b"GIF89a", "cat.gif")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("cat.gif could not be opened: this is no file with traces")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog.opening")).to_have_count(0)


def test_spans_that_cannot_be_read_are_named(visit: Opener) -> None:
    page = visit("/")
    half = json.loads(file("d5"))
    half["traces"] += json.loads(file("d6", start="<b>noon</b>"))["traces"]
    drop(page, json.dumps(half).encode())
    expect(page.locator("dialog.opening")).to_contain_text("a.json: 1 span could not be read:")
    expect(page.locator("dialog.opening li")).to_contain_text("start is '<b>noon</b>'")
    page.get_by_role("link", name="Show the other span").click()
    page.wait_for_url(f"**/trace/{'d5':0>32}")


def test_an_import_can_be_cancelled(visit: Opener) -> None:
    page = visit("/")
    page.route("**/api/import*", lambda route: None)  # it takes forever
    drop(page, file("d7"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("dialog.opening")).to_have_count(0)
    assert page.url.endswith("/")


def test_a_trace_is_saved_and_opened_again(show: Show, tmp_path: Path) -> None:
    page = show(USUAL)
    page.locator("summary[title=Save]").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Everything").click()
    assert download.value.suggested_filename == f"trace-{USUAL.hex}.json"
    saved = json.loads(Path(download.value.path()).read_bytes())
    assert saved["traces"][0]["trace_id"] == USUAL.hex


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize(
    "address", ["/?q=service:web", f"/trace/{USUAL.hex}"], ids=["list", "trace"]
)
def test_what_opens_from_a_button_lies_within_the_window(
    visit: Opener, address: str, width: int
) -> None:
    page = visit(address, viewport={"width": width, "height": 800})
    summaries = page.locator("main summary:visible").filter(
        has_text=re.compile("Copy|Save|Open a file|Build a search|How to write")
    )
    assert summaries.count() == (3 if "trace" in address else 4)
    for summary in summaries.all():
        summary.click()
        box = summary.locator("xpath=following-sibling::*[1]").bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] <= width, summary.text_content()
        summary.click()


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def copied(page: Page, begin: str) -> str:
    """Return what has been copied, once it begins like this."""
    for _ in range(300):
        if (text := clipboard(page)).startswith(begin):
            return text
        page.wait_for_timeout(50)
    raise AssertionError(f"{begin!r} … was not copied, but {text[:100]!r}")


@pytest.fixture
def copying(show: Show) -> Callable[..., Page]:
    def open_page(query: str = "", **options: Any) -> Page:
        page = show(USUAL, query, **options)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        return page

    return open_page


def test_a_subtree_is_copied_by_key(copying: Callable[..., Page]) -> None:
    page = copying("?find=donuts.query")
    page.keyboard.press("n")
    page.keyboard.press("t")
    expect(page.locator("#announce")).to_have_text("Span with all below it copied")
    first, *_, last = clipboard(page).splitlines()
    assert "web donuts.query" in first
    assert last.startswith("43 spans in ")
    page.keyboard.press("m")
    assert "```text" in copied(page, "**web donuts")
    page.keyboard.press("o")
    assert len(json.loads(copied(page, "{"))["traces"][0]["spans"]) == 43


def test_the_whole_trace_is_copied_by_key(copying: Callable[..., Page]) -> None:
    page = copying()
    for key, begin in (("T", " "), ("M", "**locust"), ("O", '{"traces"')):
        page.keyboard.press(key)
        copied(page, begin)
    expect(page.locator("#announce")).to_have_text("Trace copied")


def test_a_span_is_copied_by_button(copying: Callable[..., Page]) -> None:
    page = copying("?find=match")
    page.keyboard.press("n")
    page.keyboard.press("Y")
    expect(page.get_by_role("button", name="Copy the span as Text")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#announce")).to_have_text("Span copied")
    first, second, *_ = clipboard(page).splitlines()
    assert first == "web match"
    assert second.startswith("  duration: ")


def test_where_nothing_is_typed_or_dragged_neither_is_named(
    copying: Callable[..., Page],
) -> None:
    page = copying(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator("#copies summary").tap()
    button = page.get_by_role("button", name="Copy the whole trace as Text")
    expect(button.locator("svg")).to_be_visible()
    expect(button.locator("kbd")).to_be_hidden()
    page.locator("summary[title='Open a file']").tap()
    expect(page.get_by_text("also with gzip.")).to_be_visible()
    expect(page.get_by_text("Or drop it anywhere")).to_be_hidden()


def test_the_keys_are_in_the_help(copying: Callable[..., Page]) -> None:
    page = copying()
    page.keyboard.press("?")
    expect(page.locator("#help-keys")).to_contain_text("copy the span and all below it as text")
