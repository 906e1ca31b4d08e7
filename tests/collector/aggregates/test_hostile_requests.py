"""Hostile, huge and simultaneous requests: the answer is right, and others get their turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from collector.aggregates import digest_store, span_reader
from collector.aggregates.span_reader import SpanReader
from collector.aggregates.sum_cache import USUAL_TRACES, SumCache
from collector.analysis.trace import Trace
from collector.http.app import Collector
from collector.model import Chunk, Span
from tests.collector.analysis.traces import SOME_TIME, random_trace, span
from tests.collector.stores import Stores

PATHS = [
    *("/api/routes", "/api/series", "/api/graph?by=path", "/api/graph", "/api/graph?by=service"),
    *("/api/map", "/api/compare", "/api/deploys", "/api/what-if", "/api/away?service=web"),
    f"/api/trace/{'d' * 32}/insight",
]


@pytest.fixture(scope="module")
def deep(module_stores: Stores) -> Iterator[Collector]:
    """A collector that holds a trace 4,000 deep, every level an operation of its own."""
    chain = [
        Span(i, i - 1, "web", f"level {i}", "", "", SOME_TIME + i, 10**9 - 2 * i, 0, {"rows": i})
        for i in range(1, 4_001)
    ]
    with module_stores.open() as store:
        store.add([Chunk("d" * 32, chain)])
        collector = Collector(store)
        collector.live.close()
        yield collector


@pytest.mark.parametrize("path", PATHS)
def test_a_trace_of_4_000_levels_is_answered_for_within_bounds(deep: Collector, path: str) -> None:
    answer = deep.app.test_client().get(path)
    assert answer.status_code == 200, answer.text
    assert len(answer.data) < 3_000_000
    body = answer.json
    if "left_out" in body and "nodes" in body and body.get("by") != "service":
        shown = {node["key"] for node in body["nodes"]}
        assert body["left_out"] + len(shown) in (1, 4_000)
        assert all(edge["caller"] in shown | {""} for edge in body["edges"])
    if "shifts" in body:
        assert all(len(shift["path"]) <= 41 for shift in body["shifts"])


def test_strange_spans_are_answered_for(stores: Stores) -> None:
    with stores.open() as store:
        strange = [
            Span(7, 7, "", "", "", "", 0, 0, 1, {"cache.hit": "maybe"}),
            Span(8, 9, '\x1f\x00 "\\', "n" * 500, "r" * 2000, "sql", 2**62 - 1, 2**62 - 1),
            Span(9, 8, "web", "x.wait", "", "", 5, 0, 0, {"http.response.status_code": 1e300}),
        ]
        store.add([Chunk("d" * 32, strange), Chunk("e" * 32, strange[:1])])
        collector = Collector(store)
        collector.live.close()
        client = collector.app.test_client()
        for path in PATHS:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.text)
        for edge in client.get("/api/map").json["edges"]:
            found = client.get("/api/traces", query_string={"q": edge["q"]})
            assert found.status_code == 200, found.text
            assert found.json["matched"] or not edge["caller"], edge["q"]  # its root may be missing


def test_concurrent_requests_for_the_same_set_wait_for_one_answer(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    digest = digest_store.digest

    def counting(trace: Trace) -> digest_store.Digest:
        made.append(trace.trace_id)
        return digest(trace)

    monkeypatch.setattr(digest_store, "digest", counting)
    with stores.open() as store:
        ids = [f"{number:032x}" for number in range(1, 61)]
        store.add([Chunk(each, random_trace(9, int(each, 16))) for each in ids])
        subject = SumCache(store, lambda: None)
        counts: list[int] = []

        def ask() -> None:
            sample = subject.sample_of(USUAL_TRACES)
            counts.append(subject.sum_of(sample, "path").fold.count)

        askers = [threading.Thread(target=ask) for _ in range(6)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(60)
        assert counts == [60] * 6
        assert sorted(made) == ids


def test_traces_are_read_up_to_a_number_of_spans_and_kept_within_bounds(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_reader, "MAX_SPANS", 100)
    monkeypatch.setattr(span_reader, "_MAX_KEPT_SPANS", 60)
    with stores.open() as store:
        chunks = [
            Chunk(f"{number:032x}", [span(i, i - 1, number, number + 9) for i in range(1, 31)])
            for number in range(1, 11)
        ]
        store.add(chunks)
        subject = SpanReader(store)
        sample = SumCache(store, lambda: None).sample_of(USUAL_TRACES)
        assert [int(trace.trace_id, 16) for trace in subject.lean_traces(sample)] == [10, 9, 8]
        assert len(subject._kept) == 2
        monkeypatch.setattr(span_reader, "MAX_SPANS", 10)
        [newest] = subject.lean_traces(sample)
        assert len(newest.tree) == 30
        assert subject.attributes(sample).all.traces == 1


def test_traces_without_most_tags_weigh_the_same_and_hold_no_trace_states(stores: Stores) -> None:
    with stores.open() as store:
        for number, member in ((1, "ot=th:c"), (2, "ot=th:e;rv:ffffffffffffff")):
            spans = [span(i, i - 1, number, number + 9) for i in range(1, 4)]
            for each in spans:
                each.tags["w3c.tracestate"] = f"{member},{'x' * 5_000}={each.span_id}"
            store.add([Chunk(f"{number:032x}", spans)])
        subject = SpanReader(store)
        sample = SumCache(store, lambda: None).sample_of(USUAL_TRACES)
        traces = subject.lean_traces(sample)
        assert [trace.weight for trace in traces] == [8000, 4000]
        assert [trace.weight for trace in traces] == [card.weight for card in sample.cards]
        held = [str(each.tags) for trace in traces for each in trace.tree.spans]
        assert max(map(len, held)) < 100


def test_a_new_trace_does_not_push_out_those_that_are_needed_next(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_reader, "MAX_SPANS", 60)
    monkeypatch.setattr(span_reader, "_MAX_KEPT_SPANS", 60)

    def trace(number: int) -> Chunk:
        return Chunk(f"{number:032x}", [span(i, i - 1, number, 9) for i in range(1, 21)])

    with stores.open() as store:
        store.add([trace(number) for number in (1, 2, 3)])
        subject = SpanReader(store)
        sums = SumCache(store, lambda: None)
        before = subject.lean_traces(sums.sample_of(USUAL_TRACES))
        store.add([trace(4)])
        after = subject.lean_traces(sums.sample_of(USUAL_TRACES))
        assert [int(each.trace_id, 16) for each in after] == [4, 3, 2]
        assert after[1] is before[0]
        assert after[2] is before[1]


def test_texts_of_kept_traces_are_bounded(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_reader, "_MAX_KEPT_CHARS", 5_000)
    with stores.open() as store:
        for number in range(1, 11):
            one = span(number, 0, number, 9)
            one.resource = str(number) * 1_000
            store.add([Chunk(f"{number:032x}", [one])])
        subject = SpanReader(store)
        sample = SumCache(store, lambda: None).sample_of(USUAL_TRACES)
        assert len(subject.lean_traces(sample)) == 10
        assert sum(map(len, subject._texts)) < 7_000


def test_lean_traces_are_analysed_as_whole_ones(stores: Stores) -> None:
    with stores.open() as store:
        spans = random_trace(20, 4)
        spans[0].tags["_dd.rule_psr"] = 0.25
        store.add([Chunk("a" * 32, spans)])
        sample = SumCache(store, lambda: None).sample_of(USUAL_TRACES)
        subject = SpanReader(store)
        [lean], whole = subject.lean_traces(sample), subject.whole_trace("a" * 32)
        assert whole is not None
        assert (lean.self_times, lean.critical_times) == (whole.self_times, whole.critical_times)
        assert lean.weight == 4000
        assert lean.tree.asynchronous == whole.tree.asynchronous


def test_a_set_gives_way_while_it_is_added_up(stores: Stores) -> None:
    pauses: list[int] = []
    with stores.open() as store:
        store.add([Chunk(f"{n:032x}", [span(1, 0, n, n + 9)]) for n in range(1, 201)])
        subject = SumCache(store, lambda: pauses.append(1))
        sample = subject.sample_of(USUAL_TRACES)
        assert len(pauses) >= 200 // digest_store.CHUNK_TRACES
        before = len(pauses)
        subject.sum_of(sample, "path")
        assert len(pauses) - before >= 200 // digest_store.BATCH_SUMS
