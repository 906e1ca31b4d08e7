"""The modules that compute, against simple counterparts in Python."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import USUAL, Opener
from ui import service_marks
from ui.words import wording

IMPORT = """(name) => {
  const base = document.querySelector('script[src*="/js/"]').src.replace(/[^/]+$/, "");
  return import(base + name).then((module) => { window.module = module; });
}"""


@pytest.fixture
def blank(visit: Opener) -> Page:
    """A page of the UI to load modules in."""
    return visit("/?q=nothing")


def use(page: Page, name: str, script: str, argument: Any = None) -> Any:
    """What a script answers that finds the module's exports in `module`."""
    page.evaluate(IMPORT, name)
    return page.evaluate(
        f"(given) => {{ const module = window.module; return {script}; }}", argument
    )


def test_durations_and_ages_read_as_on_the_server(blank: Page) -> None:
    rng = random.Random(1)
    values = [0, 999, 1000, 999_500, 99_960_000_000] + [
        round(10 ** rng.uniform(0, 13)) for _ in range(300)
    ]
    said = use(blank, "wording.js", "given.map(module.duration)", values)
    assert said == [wording.duration(value) for value in values]
    ages = [0, 59, 60, 3599, 86_399, 86_400, 10**6]
    now = 1_795_175_751
    said = use(
        blank,
        "wording.js",
        "given.ages.map((age) => module.age(`${given.now - age}000000000`, given.now * 1000))",
        {"ages": ages, "now": now},
    )
    assert said == [wording.age(f"{now - age}000000000", now * 10**9) for age in ages]
    ranks = [0, 0.0051, 0.29, 0.5, 0.949, 0.9899, 0.99, 0.9951, 0.9999, 1]
    assert use(blank, "wording.js", "given.map(module.percentile)", ranks) == [
        wording.percentile(each) for each in ranks
    ]
    counts = [0, 7, 999, 1000, 2475, 25_003, 999_999]
    assert use(blank, "wording.js", "given.map(module.compact)", counts) == [
        wording.compact(each) for each in counts
    ]


def test_services_are_marked_as_on_the_server(blank: Page) -> None:
    marks = [
        {"color": color, "kind": kind}
        for color in range(20)
        for kind in ("service", "datastore", "client")
    ]
    said = use(blank, "services.js", "given.map(module.classes)", marks)
    assert said == [service_marks.mark("it", {"it": mark}).classes for mark in marks]
    names = ["web", "order-service", "svc_12", "a b c", "", "ünal"]
    assert use(blank, "services.js", "given.map(module.letters)", names) == [
        service_marks.letters(name) for name in names
    ]
    names = ["cart", "catalogue", "cab", "web", "c", "Cat", "order-service", "öl"]
    shown = {name: {"color": 17, "kind": "service"} for name in names}
    script = "Object.keys(given).map((name) => module.mark(name, given))"
    assert use(blank, "services.js", script, shown) == [
        service_marks.mark(name, shown).letters for name in names
    ]


def test_packed_numbers_come_back(blank: Page) -> None:
    rng = random.Random(2)
    for _ in range(30):
        numbers = sorted(rng.sample(range(200), rng.randrange(1, 60)))
        script = "[...module.unpacked(module.packed(given), 200)]"
        assert use(blank, "url.js", script, numbers) == numbers
    for text in ("", "x", "5-", "-5", "9-3", "1.1.1", "0-99999999999", "1e9"):
        found = use(blank, "url.js", "[...module.unpacked(given, 50)]", text)
        assert set(found) <= set(range(50))


def test_ticks_are_round_few_and_inside(blank: Page) -> None:
    rng = random.Random(3)
    for _ in range(50):
        start = rng.uniform(0, 1e9)
        end = start + 10 ** rng.uniform(0, 10)
        most = rng.randrange(2, 12)
        ticks = use(blank, "scale.js", "module.ticks(...given)", [start, end, most])
        assert 1 <= len(ticks) <= most + 1
        assert all(start - 1e-6 * end <= tick <= end * (1 + 1e-6) for tick in ticks)


def random_trace(rng: random.Random, size: int) -> dict[str, Any]:
    """Columns as the collector sends them: depth first, children by start."""
    children: dict[int, list[int]] = {}
    spans: list[tuple[int, int]] = [(0, 1000)]
    for span in range(1, size):
        children.setdefault(rng.randrange(max(0, span - 12), span), []).append(span)
        start = rng.randrange(0, 900)
        spans.append((start, rng.randrange(0, 300)))
    order: list[tuple[int, int, int]] = []
    stack = [(0, -1, 0)]
    while stack:
        span, parent, depth = stack.pop()
        row = len(order)
        order.append((span, parent, depth))
        below = sorted(children.get(span, []), key=lambda child: -spans[child][0])
        stack.extend((child, row, depth + 1) for child in below)
    names = [rng.randrange(1, 3) for _ in order]
    return {
        "trace_id": "0" * 32,
        "duration": 1200,
        "strings": ["web", "a", "b"],
        "services": {"web": {"color": 0, "kind": "service"}},
        "columns": {
            "id": [f"{span:016x}" for span, _, _ in order],
            "parent": [parent for _, parent, _ in order],
            "depth": [depth for _, _, depth in order],
            "start": [spans[span][0] for span, _, _ in order],
            "duration": [spans[span][1] for span, _, _ in order],
            "self": [0 for _ in order],
            "error": [0 for _ in order],
            "service": [0 for _ in order],
            "name": names,
            "resource": names,
            "type": names,
            "status": ["" for _ in order],
            "events": [0 for _ in order],
        },
    }


def below(trace: dict[str, Any], row: int) -> list[int]:
    """The rows under a row."""
    depths = trace["columns"]["depth"]
    end = next((at for at in range(row + 1, len(depths)) if depths[at] <= depths[row]), len(depths))
    return list(range(row + 1, end))


def test_own_times_are_what_no_child_covers(blank: Page) -> None:
    rng = random.Random(4)
    for _ in range(12):
        trace = random_trace(rng, 40)
        columns = trace["columns"]
        script = "[...Array(40).keys()].map((row) => new module.Columns(given).ownTimes(row))"
        found = use(blank, "columns.js", script, trace)
        for row, parts in enumerate(found):
            start, lasts = columns["start"][row], columns["duration"][row]
            own = set(range(start, start + lasts))
            for child in below(trace, row):
                if columns["parent"][child] == row:
                    begins = columns["start"][child]
                    own -= set(range(begins, begins + columns["duration"][child]))
            said = {at for a, b in zip(parts[::2], parts[1::2], strict=True) for at in range(a, b)}
            assert said == own


def test_closed_rows_hide_exactly_what_is_below_them(blank: Page) -> None:
    rng = random.Random(5)
    blank.evaluate(IMPORT, "columns.js")
    blank.evaluate("() => { window.Columns = window.module.Columns; }")
    for _ in range(15):
        trace = random_trace(rng, 50)
        level = rng.choice([None, 0, 1, 2, 4])
        toggled = rng.sample(range(50), 8)
        script = """(() => {
          const outline = new module.Outline(new Columns(given.trace));
          if (given.level !== null) outline.showLevels(given.level);
          for (const row of given.toggled) outline.toggle(row);
          return [...outline.visible];
        })()"""
        given = {"trace": trace, "level": level, "toggled": toggled}
        found = use(blank, "outline.js", script, given)
        depths = trace["columns"]["depth"]
        deep_enough = level is not None and level <= max(depths)
        hidden = {
            under
            for row in range(50)
            if (deep_enough and depths[row] >= (level or 0)) != (row in toggled)
            for under in below(trace, row)
        }
        assert found == [row for row in range(50) if row not in hidden]


def test_what_is_shown_comes_back_from_the_address(visit: Opener) -> None:
    page = visit(f"/trace/{USUAL.hex}?level=2&toggled=4.50-52&fold=all&refolded=5&of=96")
    page.wait_for_selector("#rows:not([aria-busy])")
    before = page.locator("#rows").get_attribute("aria-rowcount")
    page.keyboard.press("x")
    page.keyboard.press("x")
    assert page.locator("#rows").get_attribute("aria-rowcount") != "97"
    page.reload()
    page.wait_for_selector("#rows:not([aria-busy])")
    assert before is not None
    page.goto(page.url.split("?")[0] + "?level=2&toggled=4.50-52&fold=all&refolded=5&of=12")
    page.wait_for_selector("#rows:not([aria-busy])")
    assert page.locator("#rows").get_attribute("aria-rowcount") != before, (
        "rows of a trace of another size are not taken for these"
    )
