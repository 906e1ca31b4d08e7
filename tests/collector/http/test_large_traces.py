"""A trace with more spans than one answer works on is shown in part, and says so."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from collector.model import Chunk, Span
from collector.store import large_reads, trace_spans
from collector.store.trace_store import TraceStore
from tests.collector.conftest import serving

T0 = 1_700_000_000_000_000_000
MOST = 40
SMALL, LARGE, OTHER = f"{1:032x}", f"{2:032x}", f"{3:032x}"


def spans_of(children: int) -> list[Span]:
    """Return a root, that many children and a grandchild beneath each; two grandchildren fail."""
    root = Span(1, 0, "web", "flask.request", "GET /", "http", T0, 10_000, 0, {"version": "v1"})
    spans = [root]
    for number in range(children):
        child, grandchild = 10 + number, 10_000 + number
        at = T0 + 10 * number
        spans.append(Span(child, 1, "web", f"step {number}", "step", "", at, 10))
        error = int(number in (children - 1, children - 2))
        spans.append(Span(grandchild, child, "db", "query", "SELECT", "sql", at, 5, error))
    return spans


def chunks_of_large_traces() -> list[Chunk]:
    """Return two traces with more than `MOST` spans, one of them in two chunks."""
    spans = spans_of(100)
    return [Chunk(LARGE, spans[100:]), Chunk(LARGE, spans[:100]), Chunk(OTHER, spans)]


@pytest.fixture(scope="module")
def url(store: TraceStore) -> Iterator[str]:
    """The address of a collector with a small trace and two of too many spans."""
    with pytest.MonkeyPatch.context() as patch, serving(store) as url:
        patch.setattr(trace_spans, "MAX_TRACE_SPANS", MOST)
        store.add([Chunk(SMALL, spans_of(19)), *chunks_of_large_traces()])
        yield url


def get(url: str, path: str) -> Any:
    with urllib.request.urlopen(url + path, timeout=20) as answer:
        return json.load(answer)


def test_a_trace_within_the_bound_is_whole(url: str) -> None:
    trace = get(url, f"/api/trace/{SMALL}")
    assert (trace["spans"], trace["shown"], trace["selection"]) == (39, 39, None)
    assert len(trace["columns"]["id"]) == 39


def test_a_larger_one_says_what_is_shown_of_it(url: str) -> None:
    trace = get(url, f"/api/trace/{LARGE}")
    assert (trace["spans"], trace["shown"]) == (201, MOST)
    assert {len(column) for column in trace["columns"].values()} == {MOST}
    assert trace["selection"]["what"] == (
        "201 spans; the 40 nearest to the root are shown, with the slowest and all failed ones. The"
        " time of a span that is left out counts as its parent's own."
    )
    assert (trace["selection"]["failed"], trace["selection"]["failed_shown"]) == (2, 2)
    assert sum(trace["columns"]["error"]) == 2
    assert trace["complete"] is True
    assert trace["odd"] == []


def test_its_insight_has_the_same_rows(url: str) -> None:
    rows = len(get(url, f"/api/trace/{LARGE}")["columns"]["id"])
    insight = get(url, f"/api/trace/{LARGE}/insight")
    assert len(insight["ranks"]) == len(insight["critical_times"]) == rows


def test_aggregates_work_on_the_same_spans(url: str) -> None:
    graph = get(url, f"/api/graph?by=operation&q=trace:{LARGE}")
    assert sum(node["calls"] for node in graph["nodes"]) == MOST


def test_a_span_that_is_not_shown_is_found_with_its_children(url: str) -> None:
    shown = get(url, f"/api/trace/{LARGE}")["columns"]["id"]
    hidden = next(f"{number:016x}" for number in range(10, 110) if f"{number:016x}" not in shown)
    span = get(url, f"/api/trace/{LARGE}/span/{hidden}")
    assert (span["duration"], span["self"]) == (10, 5)


def test_a_read_waits_for_its_turn_and_is_sent_away_in_the_end(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_reads.large_reads, "large_spans", MOST)
    monkeypatch.setattr(large_reads, "MAX_WAIT_S", 0.01)
    with (
        large_reads.large_reads.turn(MOST),
        pytest.raises(urllib.error.HTTPError) as refused,
    ):
        get(url, f"/api/trace/{OTHER}")
    with refused.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (503, "5")
        assert "one at a time" in json.load(answer)["error"]
    assert get(url, f"/api/trace/{SMALL}")["shown"] == 39
    assert get(url, f"/api/trace/{OTHER}")["shown"] == MOST
