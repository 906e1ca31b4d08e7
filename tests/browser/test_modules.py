"""The modules that compute, against simple counterparts in Python."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page

from collector.http.trace_json import trace_columns
from collector.model import Span, TagValue
from collector.trace_summary import summarize_trace
from tests.browser.conftest import USUAL, Opener
from tests.browser.spans import MS
from ui.words import wording

KINDS = ("server", "client", "producer", "consumer", "")

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
    texts = use(blank, "wording.js", "given.map(module.duration)", values)
    assert texts == [wording.duration(value) for value in values]
    ages = [0, 59, 60, 3599, 86_399, 86_400, 10**6]
    now = 1_795_175_751
    texts = use(
        blank,
        "wording.js",
        "given.ages.map((age) => module.age(`${given.now - age}000000000`, given.now * 1000))",
        {"ages": ages, "now": now},
    )
    assert texts == [wording.age(f"{now - age}000000000", now * 10**9) for age in ages]
    ranks = [0, 0.0051, 0.29, 0.5, 0.949, 0.9899, 0.99, 0.9951, 0.9999, 1]
    assert use(blank, "wording.js", "given.map(module.percentile)", ranks) == [
        wording.percentile(rank) for rank in ranks
    ]
    counts = [0, 7, 999, 1000, 2475, 25_003, 999_999]
    assert use(blank, "wording.js", "given.map(module.compact)", counts) == [
        wording.compact(count) for count in counts
    ]


def test_packed_numbers_come_back(blank: Page) -> None:
    rng = random.Random(2)
    for _ in range(30):
        numbers = sorted(rng.sample(range(200), rng.randrange(1, 60)))
        script = "[...module.unpacked(module.packed(given), 200)]"
        assert use(blank, "url.js", script, numbers) == numbers
    for text in ("", "x", "5-", "-5", "9-3", "1.1.1", "0-99999999999", "1e9"):
        numbers = use(blank, "url.js", "[...module.unpacked(given, 50)]", text)
        assert set(numbers) <= set(range(50))


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
    """The collector's answer about a random trace; some parents do not wait for their children."""
    spans = [Span(1, 0, "web", "a", "", "", 0, 1000 * MS)]
    for number in range(2, size + 1):
        parent = rng.choice(spans[-12:]).span_id
        begin, lasts = rng.randrange(0, 900) * MS, rng.randrange(0, 300) * MS
        tags: dict[str, TagValue] = {"span.kind": rng.choice(KINDS)}
        spans.append(Span(number, parent, "web", rng.choice("ab"), "", "", begin, lasts, 0, tags))
    answer = trace_columns(summarize_trace("0" * 32, spans), spans)
    return dict(msgspec.json.decode(msgspec.json.encode(answer)))


def below(trace: dict[str, Any], row: int) -> list[int]:
    """The rows under a row."""
    depths = trace["columns"]["depth"]
    end = next((at for at in range(row + 1, len(depths)) if depths[at] <= depths[row]), len(depths))
    return list(range(row + 1, end))


def test_own_times_add_up_to_the_self_time(blank: Page) -> None:
    rng = random.Random(4)
    asynchronous = 0
    for _ in range(12):
        trace = random_trace(rng, 40)
        columns = trace["columns"]
        script = """(() => {
          const columns = new module.TraceColumns(given, {});
          return columns.ids.map((_, row) => columns.ownTimes(row));
        })()"""
        own = use(blank, "trace-columns.js", script, trace)
        assert [sum(parts[1::2]) - sum(parts[::2]) for parts in own] == columns["self"]
        for parts, start, lasts in zip(own, columns["start"], columns["duration"], strict=True):
            assert parts == sorted(parts)
            assert not parts or start <= parts[0] <= parts[-1] <= start + lasts
        asynchronous += len(trace["asynchronous"])
    assert asynchronous > 20


def test_closed_rows_hide_exactly_what_is_below_them(blank: Page) -> None:
    rng = random.Random(5)
    blank.evaluate(IMPORT, "trace-columns.js")
    blank.evaluate("() => { window.TraceColumns = window.module.TraceColumns; }")
    for _ in range(15):
        trace = random_trace(rng, 50)
        level = rng.choice([None, 0, 1, 2, 4])
        toggled = rng.sample(range(50), 8)
        script = """(() => {
          const outline = new module.Outline(new TraceColumns(given.trace, {}));
          if (given.level !== null) outline.showLevels(given.level);
          for (const row of given.toggled) outline.toggle(row);
          return [...outline.visible];
        })()"""
        given = {"trace": trace, "level": level, "toggled": toggled}
        visible = use(blank, "outline.js", script, given)
        depths = trace["columns"]["depth"]
        deep_enough = level is not None and level <= max(depths)
        hidden = {
            under
            for row in range(50)
            if (deep_enough and depths[row] >= (level or 0)) != (row in toggled)
            for under in below(trace, row)
        }
        assert visible == [row for row in range(50) if row not in hidden]


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
