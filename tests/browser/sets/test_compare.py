"""Compare in a real browser: without scripts, by keyboard, read aloud, on a phone, on paper."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Opener
from tests.browser.deploys import AFTER, BEFORE, ROUTE
from tests.browser.sets.conftest import STRANGE
from tests.browser.test_hostile import INERT

ADDRESS = f"/compare?service=web&resource={quote(ROUTE)}"
SIGNED = re.compile(r"([+−]|±0)([\d.]*) ?(ns|µs|ms|s)?")
NS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9, None: 0}


def signed(text: str) -> float:
    """The first difference in a text, in ns."""
    found = SIGNED.search(text)
    assert found is not None, text
    if found[1] == "±0":
        return 0.0
    return float(found[2]) * NS[found[3]] * (1 if found[1] == "+" else -1)


def edges(bar: Locator) -> tuple[float, float]:
    box = bar.bounding_box()
    assert box is not None
    return box["x"], box["x"] + box["width"]


def test_the_waterfall_ends_at_the_difference_shown(visit: Opener) -> None:
    page = visit(ADDRESS, java_script_enabled=False)
    chart = page.get_by_role("list", name=re.compile("Where the difference comes from"))
    items = chart.get_by_role("listitem")
    first, *steps, last = [str(each.get_attribute("aria-label")) for each in items.all()]
    assert first.startswith("A: mean")
    total = signed(last)
    assert sum(map(signed, steps)) == pytest.approx(total, rel=0.01)
    table = page.get_by_role("region", name="Means and percentiles")
    mean = table.get_by_role("row", name=re.compile("^mean"))
    assert signed(mean.get_by_role("cell").nth(2).inner_text()) == total
    whole_a, whole_b = (edges(chart.locator(f".is-{side} .bar"))[1] for side in "ab")
    moved = [chart.locator(".step").nth(at).locator("rect.upper, rect.lower") for at in range(2)]
    assert edges(moved[0].first)[1] == pytest.approx(whole_a, abs=1.5)
    assert edges(moved[1].first)[0] == pytest.approx(edges(moved[0].first)[0], abs=1.5)
    assert whole_b < whole_a


def test_reading_and_choosing_without_scripts(visit: Opener) -> None:
    page = visit("/compare", java_script_enabled=False)
    expect(page.get_by_role("heading", name=re.compile("faster on average"))).to_be_visible()
    expect(page.get_by_label("Deploy").first).to_have_value(BEFORE)
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_role("heading", name=re.compile("slower on average"))).to_be_visible()
    expect(page.get_by_label("Deploy").first).to_have_value(AFTER)
    page.get_by_label("Search").last.fill("error:1")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="No trace matches B")).to_be_visible()
    page.get_by_role("link", name="Compare the two newest deploys").click()
    page.get_by_role("link", name="Side by side").first.click()
    expect(page.get_by_role("img", name=re.compile("^Distribution of durations"))).to_have_count(2)
    page.get_by_role("link", name=re.compile(r"^A 1\d\d ms")).first.click()
    page.wait_for_url("**/trace/**")


def test_by_keyboard_from_a_bar_to_its_path_and_its_explanation(visit: Opener) -> None:
    page = visit(ADDRESS)
    page.get_by_role("list").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    row = page.locator("tr:target")
    expect(row).to_contain_text("only in A")
    expect(row).to_be_in_viewport()
    how = page.locator("#difference .how").first
    how.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(how.locator(".how-text")).to_contain_text("to the nanosecond")
    page.keyboard.press("Escape")
    expect(how.locator(".how-text")).to_be_hidden()


def test_tables_have_names_and_rows_their_heads(visit: Opener) -> None:
    page = visit(ADDRESS)
    paths = page.get_by_role("region", name=re.compile("Who calls what")).last
    expect(paths.get_by_role("columnheader").first).to_have_text("Path")
    taste = paths.get_by_role("row", name=re.compile("level 2.*requests.request"))
    expect(taste).to_contain_text("same")
    values = page.get_by_role("region", name=re.compile("more common")).last
    expect(values.get_by_role("row", name=re.compile("batched True"))).to_contain_text("more in B")


def test_the_chart_can_be_taken_away_as_a_picture(visit: Opener) -> None:
    page = visit(ADDRESS)
    source = page.evaluate(
        """async () => {
          const base = document.querySelector('script[src*="/js/"]').src.replace(/[^/]+$/, "");
          const { standalone } = await import(base + "export.js");
          const chart = document.querySelector("svg.fall");
          return new XMLSerializer().serializeToString(standalone(chart));
        }"""
    )
    assert "SELECT … baker WHERE baker.id = ?" in source
    assert "var(--" not in source
    assert "class=" not in source


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"color_scheme": "dark"}])
def test_hostile_names_stay_text_and_in_their_place(
    visit: Opener, options: dict[str, object]
) -> None:
    page = visit(f"/compare?a_q=trace:{STRANGE.hex}&b_q=error:1", **options)
    assert page.evaluate(INERT) == 0
    assert page.title() != "owned"
    width = int(page.evaluate("innerWidth"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("view", ["", "&view=beside"])
def test_charts_fit_a_phone(visit: Opener, view: str) -> None:
    page = visit(ADDRESS + view, viewport=PHONE)
    rooms = page.locator(".chart-room")
    expect(rooms).to_have_count(2)
    for room in rooms.all():
        assert room.evaluate("room => room.scrollWidth <= room.clientWidth")
        words = room.locator("svg:visible text:visible").all()
        assert words
        for word in words:
            box = word.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]
            assert box["height"] > 9, "it can be read"


def test_on_paper_and_for_a_room(visit: Opener) -> None:
    page: Page = visit(ADDRESS + "&present=1")
    expect(page.get_by_role("button", name="Compare")).to_be_hidden()
    expect(page.locator(".about").first).to_contain_text(ROUTE)
    assert "present=1" in page.url
    page.emulate_media(media="print")
    expect(page.locator(".footnotes")).to_contain_text("collector.analysis.compare")
    expect(page.locator("svg.fall:not(.narrow)")).to_be_visible()
