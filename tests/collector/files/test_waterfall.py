"""A trace as text."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.tree import Tree, build_tree
from collector.files.waterfall import BAR_WIDTH, bar, extent, lines, readable, waterfall
from collector.files.writers import text
from collector.model import Chunk, Event, Link, Span
from tests.collector.random_spans import CHUNKS
from tutor import durations

MS = 1_000_000


def spans(*rows: tuple[int, str, int, int], failed: tuple[int, ...] = ()) -> list[Span]:
    """Return spans of (parent's number, operation, start in ms, duration in ms), counted from 1."""
    return [
        Span(
            *(number, parent, "web", name, name, "", start * MS, length * MS),
            error=int(number in failed),
        )
        for number, (parent, name, start, length) in enumerate(rows, 1)
    ]


ROWS = ((0, "request", 0, 100), (1, "query", 0, 10), (1, "query", 20, 10), (1, "cook", 50, 50))
COMB = build_tree(spans(*ROWS))


def test_like_calls_share_a_line() -> None:
    assert [line.rstrip() for line in waterfall(COMB, fold=True)] == [
        f"  100 ms {'█' * 28}      web request",
        f"   20 ms {'███··████' + '·' * 19}   ×2   web query",
        f"   50 ms {'·' * 14 + '█' * 14}        web cook",
    ]


def test_calls_of_one_operation_do_whatever_their_ids() -> None:
    rows = ((0, "request", 0, 100), (1, "GET /7", 0, 10), (1, "GET /8", 20, 10))
    tastes = build_tree(spans(*rows))
    assert list(waterfall(tastes, fold=True))[1].endswith("×2   web GET /?")
    assert list(waterfall(tastes, fold=False))[1].endswith("web GET /7")


@pytest.mark.parametrize(
    ("name", "resource", "shown"),
    [
        ("flask.request", "GET /beers", "flask.request GET /beers"),
        ("GET", "GET /beers", "GET /beers"),
        ("GET", "GET", "GET"),
        ("GE", "GET /beers", "GE GET /beers"),
    ],
)
def test_a_name_that_its_resource_repeats_is_said_once(
    name: str, resource: str, shown: str
) -> None:
    tree = build_tree([Span(1, 0, "web", name, resource, "", 0, MS)])
    assert next(iter(waterfall(tree, fold=True))).endswith(f"web {shown}")


def test_impossible_times_are_no_numbers() -> None:
    odd = spans(*ROWS)
    for number in (2, 3):
        odd[number] = msgspec.structs.replace(odd[number], start=0, arrived=1)
    assert [line.rstrip() for line in waterfall(build_tree(odd), fold=True)] == [
        f"  100 ms {'█' * 28}      web request",
        f"   10 ms {'███' + '·' * 25}   ×2   web query",
        f"       – {'·' * 5} time impossible {'·' * 6}        web cook",
    ]


def test_or_have_one_each() -> None:
    assert len(list(waterfall(COMB, fold=False))) == 4


def test_errors_are_counted() -> None:
    failing = build_tree(spans(*ROWS, failed=(2,)))
    assert list(waterfall(failing, fold=True))[1].endswith("  ×2   ✗ 1 failed: web query")


TREES = CHUNKS.map(lambda chunk: build_tree(chunk.spans))


@given(TREES, st.booleans())
def test_every_span_is_in_exactly_one_line_below_its_parents(tree: Tree, fold: bool) -> None:
    shown = list(lines(tree, fold))
    assert sorted(row for line in shown for row in line.spans) == list(range(len(tree)))
    depths = {row: line.depth for line in shown for row in line.spans}
    assert [depths[row] for row in range(len(tree))] == tree.depth


@given(TREES)
def test_the_bar_of_everything_has_its_full_width(tree: Tree) -> None:
    begin, whole = extent(tree)
    rows = range(len(tree))
    assert len(bar(tree, rows, begin, max(whole, 1))) == BAR_WIDTH
    assert all("█" in bar(tree, [row], begin, max(whole, 1)) for row in rows)


@pytest.mark.parametrize("fold", [True, False])
def test_a_very_deep_trace(fold: bool) -> None:
    deep = build_tree(spans(*((number, f"call {number}", 0, 1) for number in range(5000))))
    shown = list(waterfall(deep, fold))
    assert len(shown) == 5000
    assert max(map(len, shown)) < 300


def written(chunk: Chunk) -> str:
    return b"".join(text.write([chunk])).decode()


def test_a_trace_of_one_span_is_a_waterfall_too() -> None:
    (line, sum_) = written(Chunk("a" * 32, spans((0, "op", 0, 12)))).splitlines()
    assert line.split() == ["12", "ms", "█" * BAR_WIDTH, "web", "op"]
    assert sum_ == "1 span in 12 ms."


def test_the_details_are_everything_about_a_span() -> None:
    (span,) = spans((7, "op", 0, 12), failed=(1,))
    span.type, span.tags = "sql", {"rows": 3.0, "error.stack": "one\ntwo"}
    span.events, span.links = (Event(MS, "retry", {"n": 1}),), (Link("b" * 32, 9),)
    details = b"".join(text.write_details([Chunk("a" * 32, [span])])).decode()
    assert details.splitlines() == [
        "web op",
        "  duration: 12 ms",
        "  start: 1970-01-01T00:00:00.000000000Z",
        "  failed",
        "  span: 0000000000000001",
        "  parent: 0000000000000007",
        f"  trace: {'a' * 32}",
        "  type: sql",
        "  rows: 3",
        "  error.stack: one",
        "    two",
        "  event 1 ms after: retry",
        "    n: 1",
        f"  link to {'b' * 32} 0000000000000009",
    ]


def test_markdown_is_the_text_between_fences_that_it_cannot_close() -> None:
    made = spans((0, "<b>*x*</b>", 0, 100), (1, "SELECT ```` 1", 0, 10))
    markdown = b"".join(text.write_markdown([Chunk("a" * 32, made)])).decode().splitlines()
    title = r"**web \<b\>\*x\*\</b\>**: 2 spans in 100 ms, trace `" + "a" * 32 + "`"
    assert markdown[:3] == [title, "", "`````text"]
    assert markdown[-2:] == ["2 spans in 100 ms.", "`````"]


@given(CHUNKS)
def test_whatever_spans_hold_a_line_is_a_line(chunk: Chunk) -> None:
    shown = written(chunk)
    assert shown.isprintable() or all(line.isprintable() for line in shown.split("\n"))


@given(st.integers(0, 10**15))
def test_durations_read_as_in_the_terminal(nanoseconds: int) -> None:
    assert readable(nanoseconds) == durations.readable(nanoseconds)
