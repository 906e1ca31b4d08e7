"""What one span has to be is decided by the index of spans that are alike, as far as it can."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Chunk, Span, TagValue
from collector.search import candidates
from collector.search import search as search_module
from collector.search.ast import (
    And,
    Error,
    Field,
    Node,
    Not,
    Or,
    SameSpan,
    SpanDuration,
    Tag,
    TagNumber,
    Text,
    Word,
)
from collector.search.match import matcher
from collector.search.overview import overview
from collector.search.parser import parse
from collector.search.search import search
from collector.store import append, partitions
from collector.store.sqlite import Store
from collector.trace_summary import summarize_trace
from tests.collector.stores import collecting
from tests.waiting import wait_until

START = 10**18
SERVICES = ["web", "db", "database"]
RESOURCES = ["GET /taste/7", "GET /taste/8", "SELECT 1", "x" * 300]
DURATIONS = [0, 1, 2, 50, 99, 100, 10**9]
MAX_SPANS = 1_000

TraceSpans = dict[str, list[Span]]


def drawn_traces(rng: random.Random) -> TraceSpans:
    """Return traces whose spans are often alike, and some of whose times are impossible."""
    return {
        f"{trace:032x}": [
            Span(
                span_id,
                span_id - 1,
                rng.choice(SERVICES),
                "work",
                rng.choice(RESOURCES),
                rng.choice(["http", ""]),
                START + trace,
                rng.choice(DURATIONS),
                int(rng.random() < 0.2),
                {"rows": rng.randrange(3), "version": rng.choice("1112")},
                arrived=START if rng.random() < 0.1 else 0,
            )
            for span_id in range(1, rng.randrange(2, 7))
        ]
        for trace in range(1, 151)
    }


TRACES = drawn_traces(random.Random(1))


def store_in_parts(store: Store, traces: TraceSpans) -> None:
    """Store the first halves of the traces, then the second halves, which come late."""
    for late in (False, True):
        for trace_id, spans in traces.items():
            half = len(spans) // 2
            if part := spans[half:] if late else spans[:half]:
                store.add([Chunk(trace_id, part)])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "MAX_RECENT_SPANS", 30)
        patch.setattr(append, "MIN_TRACES_TO_SHARE_TAGS", 1)
        with collecting(tmp_path_factory.mktemp("alike"), max_spans=MAX_SPANS) as store:
            store_in_parts(store, TRACES)
            assert len(store.partitions()) > 1
            yield store


def expected(node: Node) -> set[str]:
    """Return the ids of the traces that match, decided without an index."""
    matches = matcher(node)
    return {
        trace_id
        for trace_id, spans in TRACES.items()
        if matches(summarize_trace(trace_id, spans), spans)
    }


def found(store: Store, node: Node) -> set[str]:
    return {summary.trace_id for summary in search(store, node, limit=1000).traces}


_DURATIONS = st.builds(
    SpanDuration,
    st.sampled_from([">", ">=", "<", "<="]),
    st.sampled_from([*DURATIONS, 3, 2**61]),
)
_TEXTS = st.builds(Text, st.sampled_from(["d", "db", "database", "nobody"]), st.booleans())
_OF_ALIKE: st.SearchStrategy[Node] = st.one_of(
    st.builds(Field, st.just("service"), _TEXTS),
    st.builds(Text, st.sampled_from([*RESOURCES, "GET /taste/?"]), st.booleans()).map(
        lambda text: Field("resource", text)
    ),
    st.sampled_from(["taste", "select", "/?"]).map(Word),
    st.builds(Error, st.booleans()),
)
_OF_TAGS: st.SearchStrategy[Node] = st.builds(
    Tag,
    st.sampled_from(["rows", "version", "nothing"]),
    st.builds(Text, st.sampled_from(["", "1", "2"]), st.booleans()),
) | st.builds(
    TagNumber, st.sampled_from(["rows", "version"]), st.just(">"), st.sampled_from([0, 1])
)


def combined(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaves,
        lambda parts: (
            st.lists(parts, min_size=2, max_size=3).map(lambda several: Or(tuple(several)))
            | st.lists(parts, min_size=2, max_size=3).map(lambda several: And(tuple(several)))
            | parts.map(Not)
        ),
        max_leaves=3,
    )


_ALIKE = combined(_OF_ALIKE)


@settings(max_examples=200)
@given(of_alike=_ALIKE, duration=_DURATIONS)
def test_spans_are_not_looked_at(stored: Store, of_alike: Node, duration: SpanDuration) -> None:
    node = SameSpan(And((of_alike, duration)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "MAX_CHECKED_SPANS", 0)
        page = search(stored, node, limit=1000)
    assert {summary.trace_id for summary in page.traces} == expected(node)
    assert (page.matched, page.exact, page.next) == (len(page.traces), True, None)


@settings(max_examples=200)
@given(of_alike=_ALIKE, durations=st.lists(_DURATIONS, min_size=2, max_size=3))
def test_between_two_durations(
    stored: Store, of_alike: Node, durations: list[SpanDuration]
) -> None:
    node = SameSpan(And((*durations, of_alike)))
    assert found(stored, node) == expected(node)


@settings(max_examples=300)
@given(
    described=combined(_OF_ALIKE | _OF_TAGS),
    durations=st.lists(_DURATIONS, max_size=2),
    few=st.sampled_from([0, 200]),
    limit=st.sampled_from([1, 1000]),
)
def test_tags_that_some_spans_share(
    stored: Store, described: Node, durations: list[SpanDuration], few: int, limit: int
) -> None:
    node = SameSpan(And((described, *durations)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "FEW_TRACES", few)
        page = search(stored, node, limit=limit)
        assert (page.matched, page.exact) == (len(expected(node)), True)
        assert len(page.traces) == min(limit, page.matched)
        assert {summary.trace_id for summary in page.traces} <= expected(node)
        assert bool(page.next) == (page.matched > limit)
        assert overview(stored, node)["traces"] == page.matched


def tagged(trace: int, version: str, rows: int) -> Chunk:
    tags: dict[str, TagValue] = {"version": version, "rows": rows}
    return Chunk(f"{trace:032x}", [Span(1, 0, "db", "work", "", "", START, 50, 0, tags)])


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    ("text", "matched", "exact"),
    [
        ("{version:1 span.duration:>9ns}", 8, True),
        ("{-version:1 span.duration:>9ns}", 0, True),
        ("{version:1 rows:>5}", 0, False),
    ],
)
def test_a_tag_that_all_spans_share_needs_no_look_at_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    restarted: bool,
    text: str,
    matched: int,
    exact: bool,
) -> None:
    monkeypatch.setattr(search_module, "MAX_CHECKED_SPANS", 0)
    monkeypatch.setattr(candidates, "FEW_TRACES", 0)
    if restarted:  # everything is in a sealed file
        monkeypatch.setattr(partitions, "MAX_PARTITION_TRACES", 8)
    with collecting(tmp_path) as store:
        store.add([tagged(trace, "1", trace) for trace in range(8)])
        if restarted:
            wait_until(lambda: len(store.partitions()) == 2)
    with collecting(tmp_path) as store:
        page = search(store, parse(text))
        assert (page.matched, page.exact) == (matched, exact)


@pytest.mark.parametrize(
    "text",
    [
        "{service:db span.duration:>99ns rows:>1}",
        "{-service:web}",
        "{-service:web -rows:1}",
        "{(service:db OR rows:2) span.duration:<2ns}",
        "{service:d* error:1} -{service:web span.duration:1ns..50ns}",
    ],
)
def test_what_else_is_in_braces_is_decided_by_spans(stored: Store, text: str) -> None:
    assert found(stored, parse(text)) == expected(parse(text)) != set()


def test_a_span_with_impossible_times_has_no_duration(tmp_path: Path) -> None:
    def span(span_id: int, duration: int, arrived: int) -> Span:
        return Span(span_id, 0, "db", "work", "", "", START, duration, arrived=arrived)

    with collecting(tmp_path) as store:
        store.add([Chunk(f"{1:032x}", [span(1, 500, START)])])
        store.add([Chunk(f"{2:032x}", [span(1, 500, START), span(2, 20, 0)])])
        assert found(store, parse("{service:db span.duration:<1s}")) == {f"{2:032x}"}
        assert found(store, parse("{service:db span.duration:>=0ns}")) == {f"{2:032x}"}
        assert found(store, parse("{service:db span.duration:>20ns}")) == set()


@pytest.mark.parametrize(
    "as_before",
    ["DROP TABLE alike", "ALTER TABLE alike DROP COLUMN shared_tags; PRAGMA user_version = 2"],
)
def test_files_of_older_versions_are_searched_by_their_spans(
    tmp_path: Path, as_before: str
) -> None:
    first = dict(list(TRACES.items())[:130])
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        store_in_parts(store, first)
        assert len(store.partitions()) > 1
    for path in tmp_path.glob("[0-9]*.db"):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM state WHERE key = 'shared_tags'")
            connection.execute(
                "DELETE FROM state WHERE key = 'alike' AND ?", ("DROP T" in as_before,)
            )
            connection.executescript(as_before)
    node = parse("{service:db version:1 span.duration:>99ns}")
    with collecting(tmp_path, max_spans=MAX_SPANS) as store:
        before = found(store, node)
        assert before == expected(node) & set(first)
        store_in_parts(store, {trace: TRACES[trace] for trace in TRACES if trace not in first})
        assert found(store, node) == expected(node)
