"""A search finds what checking every trace would find, in the order asked for, page by page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Chunk, Span
from collector.search import partition_view
from collector.search import search as search_module
from collector.search.ast import EVERYTHING, Node
from collector.search.order import ORDERS, read_cursor
from collector.search.overview import overview
from collector.search.parser import parse
from collector.search.search import ALL_TIME, Page, search
from collector.search.view import TimeRange
from collector.store import partitions
from collector.store.sqlite import Store
from tests.collector.random_searches import (
    HALVES,
    NAMES,
    QUERIES,
    RESOURCES,
    SERVICES,
    TAGS,
    TYPES,
    matches,
)
from tests.collector.stores import collecting

Traces = dict[str, list[Span]]
START = 10**18


def drawn_traces(rng: random.Random, count: int) -> Traces:
    """Return small random traces that have much in common."""
    traces = {}
    for number in range(count):
        start = START + rng.randrange(100) * 1000
        half = rng.choice([*HALVES, f"{rng.getrandbits(64):016x}"])
        traces[f"{number:04x}{rng.getrandbits(48):012x}{half}"] = [
            Span(
                span_id,
                rng.choice([0, 1, 1, 1]) if span_id > 1 else rng.choice([0, 0, 77]),
                rng.choice(SERVICES),
                rng.choice(NAMES),
                rng.choice(RESOURCES),
                rng.choice(TYPES),
                start + span_id,  # different, so that there is one earliest root
                rng.choice([0, 1, 500, 999, 1_000, 3_000_000]),
                int(rng.random() < 0.1),
                {key: rng.choice(values) for key, values in TAGS.items() if rng.random() < 0.3},
            )
            for span_id in range(1, rng.randrange(2, 9))
        ]
    return traces


TRACES = drawn_traces(random.Random(4), 150)


def in_parts(rng: random.Random) -> list[Chunk]:
    """Return `TRACES`, most of them in two parts, each in random order."""
    chunks = []
    for trace_id, spans in TRACES.items():
        shuffled = rng.sample(spans, len(spans))
        cut = rng.randrange(len(spans) + 1)
        chunks += [Chunk(trace_id, part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    return chunks


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with `TRACES` over several partitions, some parts late, in random order."""
    rng = random.Random(5)
    chunks = in_parts(rng)
    chunks.sort(key=lambda chunk: (int(chunk.trace_id[:4], 16) // 8, rng.random()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "MAX_RECENT_SPANS", 30)
        with collecting(tmp_path_factory.mktemp("search"), max_spans=1200) as store:
            while chunks:
                size = rng.randrange(1, 12)
                store.add(chunks[:size])
                del chunks[:size]
            assert len(store.partitions()) >= 4
            yield store


def trace_ids(page: Page) -> list[str]:
    return [summary.trace_id for summary in page.traces]


@settings(max_examples=400)
@given(node=QUERIES)
def test_a_search_finds_what_checking_every_trace_would(stored: Store, node: Node) -> None:
    expected = {trace_id for trace_id, spans in TRACES.items() if matches(node, trace_id, spans)}
    page = search(stored, node, limit=1000)
    assert set(trace_ids(page)) == expected
    assert len(page.traces) == len(expected)
    assert (page.matched, page.exact, page.next) == (len(expected), True, None)


@settings(max_examples=100)
@given(
    node=QUERIES | st.just(EVERYTHING),
    order=st.sampled_from(sorted(ORDERS)),
    limit=st.integers(1, 60),
    begin=st.integers(0, 100),
    length=st.integers(1, 100),
)
def test_pages_follow_each_other_in_order(
    stored: Store, node: Node, order: str, limit: int, begin: int, length: int
) -> None:
    time_range = TimeRange(START + begin * 1000, START + (begin + length) * 1000)
    pages = [search(stored, node, time_range, order, limit)]
    while pages[-1].next is not None:
        after = read_cursor(pages[-1].next, order)
        pages.append(search(stored, node, time_range, order, limit, after))
    keys = [
        (getattr(summary, ORDERS[order].column), summary.trace_id)
        for page in pages
        for summary in page.traces
    ]
    expected = {
        trace_id
        for trace_id, spans in TRACES.items()
        if matches(node, trace_id, spans)
        and time_range.begin <= min(s.start for s in spans) < time_range.end
    }
    assert keys == sorted(keys, reverse=ORDERS[order].descending)
    assert [trace_id for _, trace_id in keys] == list(dict.fromkeys(t for _, t in keys))
    assert {trace_id for _, trace_id in keys} == expected
    assert all(len(page.traces) == limit for page in pages[:-1])
    assert {page.matched for page in pages} == {len(expected)}


@settings(max_examples=100)
@given(node=QUERIES | st.just(EVERYTHING))
def test_the_overview_is_over_all_matches(stored: Store, node: Node) -> None:
    matching = [spans for trace_id, spans in TRACES.items() if matches(node, trace_id, spans)]
    durations = sorted(
        max(s.start + s.duration for s in spans) - min(s.start for s in spans) for spans in matching
    )
    line = overview(stored, node)
    assert line["traces"] == len(matching)
    assert line["spans"] == sum(map(len, matching))
    assert line["errors"] == sum(any(s.error for s in spans) for spans in matching)
    assert line["max"] == (durations[-1] if durations else None)
    if durations:
        below = sum(duration < line["p95"] for duration in durations)  # type: ignore[operator]
        upto = sum(duration <= line["p95"] for duration in durations)  # type: ignore[operator]
        assert below < 0.95 * len(durations) <= upto


def test_the_overview_of_everything_in_a_range_leaves_impossible_times_out(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        for number, (duration, arrived) in enumerate(
            [(5, 0), (90, 7), (30, 0), (30, 0), (99, 0)], 1
        ):
            lasting = Span(1, 0, "web", "work", "", "", 1000 + number, duration, arrived=arrived)
            store.add([Chunk(f"{number:032x}", [lasting])])
        line = overview(store, EVERYTHING, TimeRange(0, 1005))
        assert (line["traces"], line["max"], line["slowest"]) == (4, 30, f"{4:032x}")
        assert (line["p50"], line["exact"]) == (30, True)
        nothing = overview(store, EVERYTHING, TimeRange(1005, 1005))
        assert (nothing["traces"], nothing["max"], nothing["slowest"]) == (0, None, None)


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_traces_that_are_read_a_few_at_a_time_come_in_order(
    stored: Store, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = search(stored, parse("-error:1"), order=order, limit=1000)
    monkeypatch.setattr(partition_view, "_MAX_ROWS_IN_QUERY", 2)
    monkeypatch.setattr(partition_view, "_MIN_ROWS_AT_ONCE", 2)
    assert len(whole.traces) > 50
    assert search(stored, parse("-error:1"), order=order, limit=1000) == whole


def test_when_the_budget_ends_the_count_is_a_lower_bound_and_the_pages_go_on(
    stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "MAX_CHECKED_SPANS", 100)
    node = parse("route.error:0")
    expected = {trace_id for trace_id, spans in TRACES.items() if matches(node, trace_id, spans)}
    first = page = search(stored, node, limit=1000)
    assert not page.exact
    assert 0 < page.matched < len(expected)
    everything = trace_ids(page)
    while page.next:
        page = search(stored, node, after=read_cursor(page.next, "newest"), limit=1000)
        everything += trace_ids(page)
        assert (page.matched, page.exact) == (first.matched, False)
    assert len(everything) == len(set(everything))
    assert set(everything) == expected


def test_a_search_while_traces_arrive_sees_whole_partitions(tmp_path: Path) -> None:
    traces = drawn_traces(random.Random(6), 40)
    with collecting(tmp_path, max_spans=400) as store:
        for number, (trace_id, spans) in enumerate(traces.items()):
            store.add([Chunk(trace_id, spans)])
            page = search(store, EVERYTHING, ALL_TIME, limit=1000)
            assert page.matched == len(page.traces) == number + 1
