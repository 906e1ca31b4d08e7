"""Sets of traces added up piece by piece are what folding all of them at once gives."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.aggregates import digest_store, sum_cache
from collector.aggregates.digest import KEYINGS, Sum
from collector.aggregates.digest_file import digest_file_of
from collector.aggregates.digest_store import fold_of, packed_sums
from collector.aggregates.sum_cache import USUAL_TRACES, SumCache
from collector.aggregates.trace_set import Member, TraceSet
from collector.analysis.fold import Fold, fold
from collector.analysis.payers import bills
from collector.analysis.route import Route, route_of
from collector.analysis.trace import Trace, read_trace
from collector.model import Chunk, Span
from collector.search.parser import parse
from collector.search.search import ALL_TIME
from collector.search.view import TimeRange
from collector.store.sqlite import Store
from collector.store.trace_store import TraceStore
from tests.collector.analysis.traces import MS, SOME_TIME, random_trace, span
from tests.collector.stores import Stores, collecting

EVERYTHING = TraceSet(parse(""), ALL_TIME, None)


def trace_id(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:032x}"


def stored(store: TraceStore, route: Route | None = None) -> list[Trace]:
    """All that is stored, read span by span."""
    traces = [read_trace(found.trace_id, found.spans()) for found in store.newest_traces()]
    return [trace for trace in traces if route is None or route_of(trace) == route]


def folds(subject: SumCache, wanted: TraceSet = EVERYTHING) -> dict[str, Fold]:
    sample = subject.sample_of(wanted)
    return {name: subject.sum_of(sample, name).fold for name in KEYINGS}


def directly(traces: Iterable[Trace]) -> dict[str, Fold]:
    traces = list(traces)
    return {name: fold(traces, keying) for name, keying in KEYINGS.items()}


def living(store: Store) -> set[str]:
    """The names of the partitions there are."""
    return {partition.path.stem for partition in store.partitions()}


def send(store: TraceStore, numbers: Iterable[int], seed: int, part: int = 0) -> None:
    """Store that part of each of some random traces. Every part has spans of its own."""
    chunks = []
    for number in numbers:
        spans = random_trace(6, seed + number)
        half = spans[:3] if part == 0 else spans[3:]
        chunks.append(Chunk(trace_id(number), half))
    store.add(chunks)


@settings(max_examples=8)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 1)), min_size=1, max_size=12),
    st.integers(0, 2**32),
)
def test_however_traces_come_and_grow_the_sum_is_that_of_the_whole(
    arrivals: list[tuple[int, int]], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, collecting(Path(folder)) as store:
        subject = SumCache(store, lambda: None)
        for number, part in arrivals:
            send(store, [number], seed, part)
            assert folds(subject) == directly(stored(store))


def test_blocks_are_added_up_once_and_again_only_where_something_changed(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sum_cache, "_BLOCK_TRACES", 8)
    added: list[int] = []
    add_up = SumCache._add_up

    def counting(self: SumCache, keying: str, members: Sequence[Member]) -> Sum:
        added.append(len(members))
        return add_up(self, keying, members)

    monkeypatch.setattr(SumCache, "_add_up", counting)
    with stores.open() as store:
        send(store, range(1, 201), seed=7)
        subject = SumCache(store, lambda: None)
        sample = subject.sample_of(EVERYTHING)
        subject.sum_of(sample, "path")
        assert sum(added) == 200
        assert len(added) > 10
        added.clear()
        subject.sum_of(subject.sample_of(EVERYTHING), "path")
        assert added == []
        send(store, [201, 202], seed=7)
        send(store, [50], seed=7, part=1)
        sample = subject.sample_of(EVERYTHING)
        assert subject.sum_of(sample, "path").fold == fold(stored(store), KEYINGS["path"])
        assert 0 < sum(added) < 100


def test_only_the_newest_are_folded_and_the_sample_slides(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sum_cache, "MAX_TRACES", 10)
    with stores.open() as store:
        chunks = [
            Chunk(trace_id(number), [span(1, 0, number, number + 5)]) for number in range(1, 26)
        ]
        store.add(chunks[:20])
        subject = SumCache(store, lambda: None)
        for extra in chunks[20:]:
            store.add([extra])
            sample = subject.sample_of(EVERYTHING)
            newest = sorted(stored(store), key=lambda trace: -trace.tree.start[0])[:10]
            assert [card.trace_id for card in sample.cards] == [each.trace_id for each in newest]
            assert subject.sum_of(sample, "path").fold == fold(newest, KEYINGS["path"])
        assert (sample.matched, sample.exact, len(sample.cards)) == (25, True, 10)


def test_a_route_a_search_and_a_range_narrow_the_set(stores: Stores) -> None:
    with stores.open() as store:
        store.add(
            [
                Chunk(
                    trace_id(number),
                    [
                        span(1, 0, number, number + 9, "call", "locust", kind="client"),
                        # every trace passes /taste, but only of some of them it is the route
                        span(2, 1, number, number + 8, "http", "web", "GET /pair", kind="server")
                        if number % 3
                        else span(2, 1, number, number + 8, "http", "web", "GET /pair"),
                        span(3, 2, number, number + 7, "http", "taster", "/taste", kind="server"),
                    ],
                )
                for number in range(1, 31)
            ]
        )
        subject = SumCache(store, lambda: None)
        taste = Route("taster", "/taste")
        wanted = TraceSet(parse(""), ALL_TIME, taste)
        assert len(subject.sample_of(wanted).cards) == 10
        assert folds(subject, wanted) == directly(stored(store, taste))
        pair = subject.sample_of(TraceSet(parse(""), ALL_TIME, Route("web", "GET /pair")))
        assert (len(pair.cards), pair.matched, pair.exact) == (20, 20, True)
        late = subject.sample_of(TraceSet(parse(""), TimeRange(SOME_TIME + 21 * MS, 2**62), None))
        assert len(late.cards) == 10
        search = TraceSet(parse("{service:taster span.duration:>1ms}"), ALL_TIME, taste)
        assert len(subject.sample_of(search).cards) == 10
        assert not subject.sample_of(TraceSet(parse("service:nobody"), ALL_TIME, None)).cards


def test_what_was_added_up_in_advance_is_not_added_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting(tmp_path) as store:
        send(store, range(1, 200), seed=9)
        subject = SumCache(store, lambda: None)
        subject.prepare(lambda: True)
        with monkeypatch.context() as patch:
            patch.delattr(SumCache, "_add_up")
            assert folds(subject, USUAL_TRACES) == directly(stored(store))
        send(store, range(1, 100, 7), seed=9, part=1)
        assert folds(subject, USUAL_TRACES) == directly(stored(store))


def test_bills_add_up_too(stores: Stores) -> None:
    with stores.open() as store:
        send(store, range(1, 40), seed=3)
        subject = SumCache(store, lambda: None)
        found = subject.sum_of(subject.sample_of(EVERYTHING), "service").bills
        assert found == bills(stored(store))


def test_digests_outlive_a_restart_and_are_made_again_if_they_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting(tmp_path) as store:
        send(store, range(1, 20), seed=5)
        before = folds(SumCache(store, lambda: None))
    made: list[int] = []
    digest = digest_store.digest
    monkeypatch.setattr(digest_store, "digest", lambda *args: made.append(1) or digest(*args))
    with collecting(tmp_path) as store:
        assert folds(SumCache(store, lambda: None)) == before
    assert not made
    [digests] = tmp_path.glob("*.digests")
    digests.write_bytes(b"no database, this" * 1000)
    with collecting(tmp_path) as store:
        assert folds(SumCache(store, lambda: None)) == before
    assert len(made) == 19


def test_sums_that_are_damaged_are_made_again(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        send(store, range(1, 20), seed=5)
        folds(SumCache(store, lambda: None))
        [partition] = store.partitions()
        rows = digest_file_of(partition).take("sums", [1, 2, 3])
        damaged = [(1, rows[1][1], b""), (2, rows[2][1], rows[2][2][:-9]), (3, rows[3][1], b"\x80")]
        digest_file_of(partition).put({"sums": damaged})
        assert folds(SumCache(store, lambda: None)) == directly(stored(store))
        assert digest_file_of(partition).take("sums", [1, 2, 3]) == rows


def test_sums_as_they_are_kept_add_up_to_the_same(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stores.open() as store:
        send(store, range(1, 70), seed=5)
        sample = SumCache(store, lambda: None).sample_of(EVERYTHING)
        packed = packed_sums(sample.members)
        assert {keying: fold_of(packed, keying) for keying in KEYINGS} == directly(stored(store))
        monkeypatch.setattr(digest_store, "MAX_PACKED_BYTES", sum(map(len, packed[:5])))
        assert packed_sums(sample.members) == packed[:5]
        assert fold_of([b"", b"\x80", packed[0][:-9], *packed], "path").count == 69


def test_the_digests_of_another_partition_are_not_believed(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        send(store, range(1, 9), seed=5)
        folds(SumCache(store, lambda: None))
    for path in tmp_path.glob("*.db*"):
        path.unlink()
    with collecting(tmp_path) as store:
        send(store, range(11, 19), seed=6)
        assert folds(SumCache(store, lambda: None)) == directly(stored(store))


def test_digests_are_dropped_with_their_traces(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        subject = SumCache(store, lambda: None)
        for begin in range(1, 400, 20):
            send(store, range(begin, begin + 20), seed=2)
            folds(subject)
        assert 1 < len(store.partitions()) < 12
        deadline = time.monotonic() + 60
        while store.totals().spans > 80 or {
            path.stem for path in tmp_path.glob("*.digests")
        } - living(store):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert folds(subject) == directly(stored(store))


def test_sums_too_large_to_be_kept_are_right_all_the_same(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        ages = [Span(1, 0, "web", "age", "age", "", 0, 2**62 - 1) for _ in range(3)]
        store.add([Chunk(trace_id(number), [each]) for number, each in enumerate(ages, 1)])
        subject = SumCache(store, lambda: None)
        for _ in range(2):
            assert folds(subject) == directly(stored(store))
        [partition] = store.partitions()
        assert digest_store.without_digest(partition, [1, 2, 3]) == []
        assert folds(SumCache(store, lambda: None)) == directly(stored(store))


def test_what_cannot_be_read_in_time_is_left_out_and_counted(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sum_cache, "DIGEST_TIMEOUT_S", -1.0)
    with stores.open() as store:
        send(store, range(1, 6), seed=1)
        subject = SumCache(store, lambda: None)
        sample = subject.sample_of(EVERYTHING)
        assert (len(sample.cards), sample.pending, sample.matched) == (0, 5, 5)
        monkeypatch.setattr(sum_cache, "DIGEST_TIMEOUT_S", 60.0)
        assert len(subject.sample_of(EVERYTHING).cards) == 5


def test_a_closed_store_answers_as_if_it_were_empty(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        send(store, random.sample(range(100), 5), seed=1)
        subject = SumCache(store, lambda: None)
        sample = subject.sample_of(EVERYTHING)
    assert subject.sum_of(sample, "path").fold.count in (0, 5)
    with pytest.raises(sqlite3.Error):
        digest_file_of(store.partitions()[0]).take("card", [1])
