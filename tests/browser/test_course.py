"""The Course screen: a lesson, beside it the traces that arrive and the last check's result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Opener
from tests.browser.spans import ping
from tests.browser.stack import Stack
from tests.servers import Server, running

RESULT = {
    "lesson": 2,
    "outcome": "failed",
    "when": "2026-11-20T12:00:00",
    "expected": "a line for each request",
    "seen": "<img src=x onerror=alert(1)>",
    "look": "mine/web.py:12",
    "trace": "",
    "detail": "one very long line " * 20,
    "problem": "",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("learner")


@pytest.fixture(scope="module")
def learners_ui(servers: Stack, folder: Path) -> Iterator[Server]:
    """A UI that shows the progress kept in `folder`."""
    env = {
        "COLLECTOR_URL": servers.collector,
        "COURSE_STATE": str(folder / ".progress"),
        "DATA_DIR": str(folder),
    }
    with running("-m", "ui", "--port", "0", env=env) as ui:
        yield ui


def check_and_pass_the_first(folder: Path) -> None:
    (folder / "course").mkdir(exist_ok=True)
    (folder / "course" / "last-check.json").write_text(json.dumps(RESULT))
    (folder / ".progress").write_text("01 passed 2026-11-20 12:00\n")


def test_traces_and_results_arrive_by_themselves(
    visit: Opener, servers: Stack, learners_ui: Server, folder: Path
) -> None:
    page = visit("/ping")
    page.goto(f"{learners_ui.url}/course")
    expect(page.locator("article h1")).to_have_text("01 Explore")
    expect(page.locator("#last-check")).to_contain_text("None yet")
    newest = ping(7001)
    servers.send([newest])
    expect(page.locator(f'#recent a[href="/trace/{newest.hex}"]')).to_be_visible()
    check_and_pass_the_first(folder)
    expect(page.locator("#last-check")).to_contain_text("a line for each request")
    expect(page.locator("#last-check dd").nth(1)).to_have_text(RESULT["seen"])
    expect(page.locator("#lessons .passed")).to_have_count(1)


@pytest.mark.parametrize("size", [PHONE, {"width": 1000, "height": 700}], ids=["phone", "tablet"])
def test_it_fits_narrow_windows(
    visit: Opener, learners_ui: Server, folder: Path, size: dict[str, int]
) -> None:
    check_and_pass_the_first(folder)
    page = visit("/ping", viewport=size)
    page.goto(f"{learners_ui.url}/course/4")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_it_is_read_without_scripts(visit: Opener, learners_ui: Server, folder: Path) -> None:
    check_and_pass_the_first(folder)
    page = visit("/ping", java_script_enabled=False)
    page.goto(f"{learners_ui.url}/course")
    page.get_by_role("navigation", name="Lessons").get_by_role("link", name="Nested").click()
    expect(page.locator("article h1")).to_have_text("08 Nested spans")
    expect(page.locator("#recent li").first).to_be_visible()
    page.get_by_role("link", name="Glossary").click()
    expect(page.locator("article")).to_contain_text("tree of spans")
