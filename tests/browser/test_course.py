"""The Course screen: a lesson, beside it the traces that arrive and the last check's result."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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


@pytest.fixture(autouse=True)
def new_learner(folder: Path) -> Iterator[None]:
    yield
    (folder / ".progress").unlink(missing_ok=True)
    shutil.rmtree(folder / "course", ignore_errors=True)


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


@contextmanager
def checking(folder: Path) -> Iterator[None]:
    """Say that a check is running, as `./workshop check` does."""
    (folder / "course").mkdir(exist_ok=True)
    with open(folder / "course" / "running-check.json", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps({"lesson": 1, "is_checking": True, "watches": True}))
        file.flush()
        yield


def pass_the_first(folder: Path) -> None:
    check_and_pass_the_first(folder)
    result = {**RESULT, "lesson": 1, "outcome": "passed", "expected": "", "seen": "", "look": ""}
    (folder / "course" / "last-check.json").write_text(json.dumps(result))


def test_a_lesson_is_done_the_moment_its_check_passes(
    visit: Opener, learners_ui: Server, folder: Path
) -> None:
    page = visit("/ping")
    page.goto(f"{learners_ui.url}/course/1")
    expect(page.locator("#learned")).to_be_empty()
    with checking(folder):
        expect(page.locator("#running")).to_contain_text("Checking lesson 1")
    pass_the_first(folder)
    expect(page.locator("#verdict")).to_contain_text("Lesson 1: done")
    expect(page.locator("#verdict strong").first).to_have_text("latency")
    expect(page.locator("#learned")).to_contain_text("Lesson 1 is done")
    expect(page.locator("#lessons .passed")).to_have_count(1)
    expect(page.locator("#running")).to_be_empty()
    page.locator("#learned").get_by_role("link").click()
    expect(page.locator("article h1")).to_contain_text("02")


def test_commands_are_copied_by_keyboard(visit: Opener, learners_ui: Server, folder: Path) -> None:
    page = visit("/ping")
    clipboard = ["clipboard-read", "clipboard-write"]
    page.context.grant_permissions(clipboard, origin=learners_ui.url)
    page.goto(f"{learners_ui.url}/course/1")
    block = page.locator(".code-block", has_text="localhost:5000/pair/beer").first
    button = block.get_by_role("button", name="Copy command")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#announce")).to_have_text("Command copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    typed = [line[2:] for line in block.locator(".typed").all_inner_texts()]
    assert copied == "\n".join(line.rstrip() for line in typed)


CUT_OFF = """() => [...document.querySelectorAll(".lesson :is(pre, .table-room)")]
  .filter((block) => block.scrollWidth > block.clientWidth + 1)
  .map((block) => block.textContent.slice(0, 60))"""
BROKEN_WORDS = """() => {
  const words = document.createTreeWalker(document.querySelector(".lesson"), NodeFilter.SHOW_TEXT);
  const broken = [];
  while (words.nextNode()) {
    const text = words.currentNode;
    if (!text.parentElement.closest("table")) continue;
    for (const { index, 0: word } of text.data.matchAll(/\\w+/g)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (range.getClientRects().length > 1) broken.push(word);
    }
  }
  return broken;
}"""


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_code_is_seen_whole_and_words_in_one_piece(
    visit: Opener, learners_ui: Server, width: int
) -> None:
    page = visit("/ping", viewport={"width": width, "height": 900})
    for number in (5, 7, 11, 15):
        page.goto(f"{learners_ui.url}/course/{number}?show=all")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(BROKEN_WORDS) == []
        assert width < 1000 or page.evaluate(CUT_OFF) == []


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
