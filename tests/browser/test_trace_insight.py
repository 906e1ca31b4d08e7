"""What a trace says besides its spans, in a real browser: critical path, ranks, findings, clocks,
and the other views."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DEEP, FAILED, MANY, PHONE, USUAL, WIDE, Opener, parameters
from tests.browser.spans import pairing
from tests.browser.stack import Stack

Show = Callable[..., Page]

INSIGHT_MS = 60_000
"""How long the collector may take on a busy machine, for a large trace."""


@pytest.fixture
def show_whole(show: Show) -> Show:
    """Open a trace and wait until all about it is known."""

    def show_all(*arguments: object, **options: object) -> Page:
        page = show(*arguments, **options)
        page.wait_for_selector("#rows[data-insight]", state="attached", timeout=INSIGHT_MS)
        return page

    return show_all


def total(page: Page) -> int:
    return int(page.locator("#rows").get_attribute("aria-rowcount") or 0) - 1


def line(page: Page, row: int) -> str:
    return page.locator(f"#row-{row} .critical").get_attribute("d") or ""


def width(path: str) -> float:
    return sum(
        float(right) - float(left) for left, right in re.findall(r"M(\S+) \S+?H([\d.]+)", path)
    )


def is_visible(note: Locator) -> bool:
    """Whether its last corner is not covered, nor cut off."""
    visible: bool = note.evaluate(
        """note => {
          const { right, bottom } = note.getBoundingClientRect();
          return document.elementFromPoint(right - 4, bottom - 4) === note;
        }"""
    )
    return visible


def block(page: Page, name: str) -> Locator:
    return page.locator("#flame .block").filter(has_text=name).first


def test_the_critical_path_lies_under_the_bars(show_whole: Show) -> None:
    page = show_whole(USUAL)
    assert line(page, 0)
    assert width(line(page, 0)) < 20, "the root waited for its child nearly all the time"
    expect(page.locator("#row-3").get_by_role("gridcell").last).to_have_accessible_name(
        re.compile("5 ms on the critical path")
    )
    page.keyboard.press("c")
    assert line(page, 0) == ""
    assert parameters(page) == {"critical": "off"}
    page.keyboard.press("c")
    assert parameters(page) == {}


def test_a_collapsed_row_shows_the_path_of_what_it_hides(show_whole: Show) -> None:
    page = show_whole(USUAL, "?level=0")
    lane = page.locator("#row-0 .time").bounding_box()
    assert lane is not None
    assert width(line(page, 0)) > 0.98 * lane["width"], "sections tile the root"


def test_nothing_but_the_critical_path(show_whole: Show) -> None:
    page = show_whole(MANY)
    page.keyboard.press("C")
    assert parameters(page) == {"critical": "only"}
    fewer = total(page)
    assert 1 < fewer < len(MANY.spans)
    page.reload()
    page.wait_for_selector("#rows[data-insight]", state="attached", timeout=INSIGHT_MS)
    assert total(page) == fewer
    page.get_by_role("button", name="only").click()
    assert total(page) == len(MANY.spans)


def test_ranks_stand_beside_the_durations(show_whole: Show) -> None:
    page = show_whole(USUAL)
    texts = page.locator("#rows .row .rank").all_text_contents()
    assert any(re.fullmatch(r"p\d+(\.\d)?", text) for text in texts)
    head = page.get_by_role("columnheader", name="Rank")
    head.locator("summary").focus()
    page.keyboard.press("Enter")
    note = head.locator(".how-text")
    expect(note).to_contain_text("percentiles.rank")
    assert is_visible(note), "the head does not cut it off"
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    page.locator("#row-1 .operation").click()
    figures = page.locator("#detail .figures")
    expect(figures).to_contain_text("rank")
    expect(figures).to_contain_text("critical")
    figures.get_by_text("How is this computed?").last.click(force=True)
    expect(figures.locator(".how[open] .how-text")).to_contain_text("percentiles.rank")
    page.keyboard.press("Escape")
    expect(figures.locator(".how[open]")).to_have_count(0)


def test_findings_have_evidence_their_spans_and_a_lesson(show_whole: Show) -> None:
    page = show_whole(USUAL)
    strip = page.get_by_role("region", name="Findings")
    expect(strip).to_contain_text("Findings")
    strip.get_by_role("button", name=re.compile(r"staircase ×12")).click()
    assert parameters(page)["finding"] == "1"
    expect(strip.locator(".card")).to_contain_text("one after another")
    lesson = strip.get_by_role("link", name=re.compile("Lesson 13"))
    assert lesson.get_attribute("href") == "/course/13"
    strip.get_by_role("button", name="Show the 12 spans").click()
    expect(page.locator("#found")).to_have_text("1 of 12")
    expect(page.locator(".row:focus .operation")).to_have_text("requests.request")
    page.reload()
    expect(strip.locator(".card")).to_be_visible(timeout=INSIGHT_MS)
    strip.get_by_role("button", expanded=True).click()
    assert "finding" not in parameters(page)


def test_a_clock_that_is_off_is_told_and_corrected_only_when_asked(
    show_whole: Show, servers: Stack
) -> None:
    trace = pairing(140)
    for span in trace.spans:
        span["resource"] = span["resource"].replace("/pair", "/late")  # others count the pairings
        there = span["service"] == "taster"
        span["meta"]["host.name"] = "taster-1" if there else "web-1"
        span["start"] += 9_000_000 if there else 0
        if there and span["name"] == "flask.request":
            span["meta"]["span.kind"] = "server"
    servers.send([trace])
    page = show_whole(trace)
    chip = page.get_by_role("button", name=re.compile("suspected on taster-1"))
    expect(chip).to_contain_text("as sent")
    page.keyboard.press("End")
    assert page.locator('#rows .row .ghost:not([d=""])').count() == 0
    chip.click()
    assert parameters(page) == {"clock": "corrected"}
    expect(chip).to_have_attribute("aria-pressed", "true")
    assert page.locator('#rows .row .ghost:not([d=""])').count() > 0
    page.go_back()
    expect(chip).to_contain_text("as sent")


def test_the_flame_merges_like_spans_and_zooms(show_whole: Show) -> None:
    page = show_whole(USUAL)
    page.keyboard.press("f")
    assert parameters(page) == {"view": "flame"}
    assert page.get_by_role("treeitem").count() == 12
    comb = block(page, "×24 sqlalchemy.query")
    comb.hover()
    expect(page.locator("#flame .flame-description")).to_contain_text("on the critical path")
    comb.click()
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    assert parameters(page)["flame"] == f"{USUAL.spans[5]['span_id']:016x}"
    page.reload()
    expect(page.get_by_role("treeitem")).to_have_count(4, timeout=INSIGHT_MS)
    page.keyboard.press("f")
    expect(page.locator("#timeline")).to_be_visible()


def test_the_flame_by_keys(show_whole: Show) -> None:
    page = show_whole(USUAL, "?view=flame")
    page.get_by_role("treeitem").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#flame :focus")).to_have_accessible_name(re.compile("^web donuts.query:"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.get_by_role("treeitem")).to_have_count(12)
    page.get_by_role("button", name="Show in the timeline").click()
    expect(page.locator('.row[aria-selected="true"]')).to_be_visible()


@pytest.mark.parametrize("trace", [WIDE, DEEP], ids=["wide", "deep"])
def test_a_large_flame_needs_few_elements(show: Show, trace: object) -> None:
    page = show(trace, "?view=flame")
    assert 0 < page.get_by_role("treeitem").count() < 1000


def test_the_graph_comes_laid_out(show_whole: Show) -> None:
    page = show_whole(FAILED)
    page.keyboard.press("g")
    graph = page.get_by_role("region", name="Who calls whom in this trace")
    expect(graph).to_be_visible(timeout=INSIGHT_MS)
    node = graph.get_by_role("link", name=re.compile("^taster palate.taste:"))
    assert node.get_attribute("href", timeout=INSIGHT_MS).startswith(f"/trace/{FAILED.hex}?span=")  # type: ignore[union-attr]
    page.get_by_role("tab", name="Graph").press("ArrowRight")
    assert parameters(page) == {"view": "statistics"}


@pytest.mark.parametrize("view", ["flame", "graph"])
def test_views_are_pictures_to_take_away(show_whole: Show, view: str) -> None:
    page = show_whole(USUAL, f"?view={view}")
    page.wait_for_selector(f"#{view} svg text", timeout=INSIGHT_MS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#copies summary").click()
    page.get_by_role("button", name="The picture as SVG").click()
    expect(page.locator("#announce")).to_have_text("SVG copied")
    assert "palate.taste" in str(page.evaluate("navigator.clipboard.readText()"))


def test_statistics_know_the_critical_path_and_percentiles(show_whole: Show) -> None:
    page = show_whole(USUAL, "?view=statistics")
    table = page.locator("#statistics table")
    table.get_by_role("button", name="Critical").click()
    expect(table.locator("tbody tr").first).to_contain_text("palate.taste")
    table.get_by_role("button", name="p95").click()
    expect(table.locator("tbody tr").first).to_contain_text("locust.request")


def test_what_the_collector_cannot_say_is_asked_for_again(visit: Opener) -> None:
    page = visit("/", expected="503")
    busy = {"status": 503, "json": {"error": "the collector is busy"}}
    page.context.route("**/insight", lambda route: route.fulfill(**busy))  # type: ignore[arg-type]
    page.goto(page.url + f"trace/{USUAL.hex}")
    strip = page.get_by_role("region", name="Findings")
    expect(strip).to_contain_text("could not be loaded: the collector is busy")
    assert total(page) == len(USUAL.spans), "the spans are there all the same"
    page.context.unroute("**/insight")
    strip.get_by_role("button", name="Try again").click()
    expect(strip.get_by_role("button", name=re.compile("staircase"))).to_be_visible(
        timeout=INSIGHT_MS
    )


@pytest.mark.parametrize("view", ["flame", "graph", "statistics"])
def test_views_fit_a_phone(show: Show, view: str) -> None:
    page = show(USUAL, f"?view={view}", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
