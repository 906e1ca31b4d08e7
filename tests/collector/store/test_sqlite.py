"""The store keeps what it is given, whole and once, within bounds, over restarts and accidents."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Chunk, Span
from collector.search.query import parse
from collector.search.search import search
from collector.store import partitions, service_catalog, sqlite, writer
from collector.store.append import Appended, append
from collector.store.lock import StoreInUseError
from collector.store.partition import Partition
from collector.store.prepared import Prepared
from collector.store.sqlite import Store
from collector.store.writer import Added, BusyError, CannotWriteError, Job, Writer
from collector.trace_summary import Summary, summarize
from tests.collector.conftest import collecting
from tests.collector.draw import SPANS

START = 10**18


def chunk(trace: int, *span_ids: int, service: str = "web", **tags: str) -> Chunk:
    spans = [
        Span(number, 0 if number == 1 else 1, service, "op", "res", "", START + trace, 10, 0, tags)
        for number in span_ids
    ]
    return Chunk(f"{trace:032x}", spans)


def trace_ids(store: Store, query: str = "") -> set[int]:
    page = search(store, parse(query), limit=1_000_000)
    assert page.matched == len(page.traces)
    return {int(summary.trace_id, 16) for summary in page.traces}


def span_ids(store: Store, trace: int) -> list[int]:
    found = store.find(f"{trace:032x}")
    assert found is not None
    assert found.summary().spans == len(found.spans())
    return [span.span_id for span in found.spans()]


def test_what_is_sent_again_is_stored_once(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        assert store.add([chunk(1, 1, 2), chunk(2, 1)]) == Added(3, 0)
        assert store.add([chunk(1, 1, 2), chunk(3, 1)]) == Added(3, 2)
        assert store.add([chunk(4, 1), chunk(4, 1)]) == Added(2, 1)
        assert span_ids(store, 1) == [1, 2]
        assert store.totals()[:2] == (5, 4)


def test_a_retried_payload_is_known_after_a_restart_and_in_a_full_partition(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        store.add([chunk(1, 1, 2)])
    with collecting(tmp_path, max_spans=80) as store:
        assert store.add([chunk(1, 1, 2)]).duplicates == 2
        for trace in range(2, 30):
            store.add([chunk(trace, 1)])
        assert store.partitions()[-1].full
        assert store.add([chunk(1, 1, 2)]).duplicates == 2
        assert span_ids(store, 1) == [1, 2]


def test_late_spans_join_their_trace_in_its_full_partition(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=800) as store:
        for trace in range(1, 300):
            store.add([chunk(trace, 2)])
        store.add([chunk(1, 1, 3, service="late", why="because"), chunk(299, 1)])
        assert len(store.partitions()) == 3
        assert span_ids(store, 1) == [2, 1, 3]
        assert trace_ids(store, "service:late why:because") == {1}
        assert trace_ids(store, "service:late service:web") == {1}
        found = store.find(f"{1:032x}")
        assert found is not None
        assert found.summary().root_received
        assert found.summary().services == {"web": 1, "late": 2}
    with collecting(tmp_path, max_spans=800) as store:
        assert trace_ids(store, "service:late") == {1}
        assert store.totals()[:2] == (302, 299)


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=800) as store:
        for trace in range(1, 2001):
            store.add([chunk(trace, 1)])
        _until(lambda: store.totals().spans <= 800)
        totals = store.totals()
        assert 700 <= totals.spans <= 800
        assert totals.spans + totals.dropped_spans == 2000
        assert trace_ids(store) == set(range(2001 - totals.spans, 2001))
        assert store.find(f"{1:032x}") is None
        _until(lambda: len(list(tmp_path.glob("[0-9]*.db"))) == len(store.partitions()) <= 9)
    with collecting(tmp_path, max_spans=800) as store:
        assert trace_ids(store) == set(range(2001 - totals.spans, 2001))


def test_the_oldest_go_when_they_are_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_IDLE_SECONDS", 0.01)
    with collecting(tmp_path, max_spans=80, max_age=1000) as store:
        for trace in range(1, 25):
            store.add([chunk(trace, 1)])
        _until(lambda: len(store.partitions()) == 3)
        first = store.partitions()[-1]
        os.utime(first.path, (time.time() - 2000,) * 2)
        _until(lambda: first not in store.partitions())
        assert trace_ids(store) == set(range(11, 25))
        assert not first.path.exists()


def test_however_little_comes_in_it_does_not_stay_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_IDLE_SECONDS", 0.01)
    with collecting(tmp_path, max_age=0.2) as store:
        store.add([chunk(1, 1)])
        _until(lambda: store.totals().spans == 0)
        assert store.totals().dropped_spans == 1


def test_one_large_payload_is_kept_however_small_the_store(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=10) as store:
        store.add([chunk(1, *range(1, 101))])
        _until(lambda: len(store.partitions()) == 2)
        assert len(span_ids(store, 1)) == 100


@pytest.mark.parametrize("tail", [3, 1_000_000])
def test_a_restart_changes_nothing(
    tmp_path: Path, tail: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "TAIL_SPANS", tail)
    with collecting(tmp_path) as store:
        for trace in range(1, 20):
            store.add([chunk(trace, 1, 2, service=f"s{trace % 3}", even=str(trace % 2 == 0))])
        before = [trace_ids(store, q) for q in ("", "service:s1", "even:True", "-even:True s2")]
        services = store.catalog.services()
    with collecting(tmp_path) as store:
        after = [trace_ids(store, q) for q in ("", "service:s1", "even:True", "-even:True s2")]
        assert after == before
        assert store.catalog.services() == services
        store.add([chunk(50, 1)])
        assert trace_ids(store) == {*range(1, 20), 50}


def test_colours_are_given_once_and_stay(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([chunk(1, 1, service="web")])
        store.add([chunk(2, 1, service="db"), chunk(3, 1, service="app")])
        colors = {service.name: service.color for service in store.catalog.services()}
        assert colors == {"web": 0, "db": 1, "app": 2}
    with collecting(tmp_path) as store:
        store.add([chunk(4, 1, service="aaa"), chunk(5, 1, service="web")])
        colors = {service.name: service.color for service in store.catalog.services()}
        assert colors == {"web": 0, "db": 1, "app": 2, "aaa": 3}


def test_the_list_of_services_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_catalog, "MOST_SERVICES", 3)
    with collecting(tmp_path) as store:
        store.add([chunk(trace, 1, service=f"s{trace}") for trace in range(1, 6)])
        assert [service.name for service in store.catalog.services()] == ["s1", "s2", "s3"]
        assert trace_ids(store, "service:s5") == {5}


def test_a_second_collector_is_refused(tmp_path: Path) -> None:
    with collecting(tmp_path), pytest.raises(StoreInUseError, match="another collector"):
        Store(tmp_path)
    with collecting(tmp_path):
        pass


DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"this is no database" * 1000),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "zeroed": lambda path: path.write_bytes(path.read_bytes()[:100] + bytes(4096)),
    "other version": lambda path: sqlite3.connect(path).execute("PRAGMA user_version = 99").close(),
}


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        (file, damage)
        for file in ("000001.db", "000002.db", "catalog.db")
        for damage in DAMAGES
        if (file, damage) != ("catalog.db", "other version")  # it has no versions
    ],
)
def test_a_broken_file_is_set_aside_and_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    damage: str,
) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        for trace in range(1, 16):
            store.add([chunk(trace, 1)])
        assert len(store.partitions()) == 2
        colors = {service.name for service in store.catalog.services()}
    DAMAGES[damage](tmp_path / file)
    with collecting(tmp_path, max_spans=80) as store:
        store.add([chunk(99, 1)])
        assert {service.name for service in store.catalog.services()} == colors
        missing = {"000001.db": range(1, 11), "000002.db": range(11, 16)}.get(file, ())
        assert trace_ids(store) == ({*range(1, 16)} - {*missing}) | {99}
    warning = capsys.readouterr().err
    assert warning.count("\n") == 1
    assert file in warning
    assert "set aside" in warning


def test_when_the_disk_is_full_nothing_is_acknowledged_and_nothing_lost(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([chunk(1, 1)])
        connection = store.partitions()[0].writer
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        refused = _first_refused(store)
        assert trace_ids(store) == set(range(1, refused))
        connection.execute("PRAGMA max_page_count = 1000000")
        store.add([chunk(refused, 1)])
        assert trace_ids(store) == set(range(1, refused + 1))


def test_when_its_files_are_deleted_it_goes_on_with_new_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with collecting(tmp_path / "store") as store:
        store.add([chunk(1, 1)])
        shutil.rmtree(tmp_path / "store")
        store.add([chunk(2, 1)])
        store.add([chunk(3, 1, service="new")])
        assert trace_ids(store) == {2, 3}
    assert capsys.readouterr().err.count("\n") <= 2
    with collecting(tmp_path / "store") as store:
        assert trace_ids(store) == {2, 3}


def test_a_chunk_that_breaks_the_store_does_not_harm_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaking(partition: Partition, chunks: list[Prepared]) -> Appended:
        if any(chunk.trace_id == f"{13:032x}" for chunk in chunks):
            raise OverflowError("a bug")
        return append(partition, chunks)

    monkeypatch.setattr(sqlite, "append", breaking)
    release = threading.Event()
    results: list[object] = []

    def add(trace: int) -> None:
        try:
            results.append(store.add([chunk(trace, 1)]))
        except CannotWriteError as error:
            results.append(str(error))

    with collecting(tmp_path) as store:
        store.on_stored = lambda _: (release.wait(10), None)[1]
        store.add([chunk(1, 1)])  # the writer now waits
        threads = [threading.Thread(target=add, args=(trace,)) for trace in (12, 13, 14)]
        for thread in threads:
            thread.start()
        _until(lambda: store._writer._jobs.qsize() == 3)
        release.set()
        for thread in threads:
            thread.join()
        assert trace_ids(store) == {1, 12, 14}
    assert sorted(map(str, results))[2] == "the spans cannot be stored: a bug"
    assert "OverflowError" in capsys.readouterr().err


def test_many_jobs_become_one_commit() -> None:
    groups: list[list[Job]] = []
    entered, gate = threading.Event(), threading.Event()

    def commit(jobs: list[Job]) -> None:
        entered.set()
        gate.wait(10)
        groups.append(jobs)
        for job in jobs:
            job.done.set_result(Added(job.spans, 0))

    subject = Writer(commit, lambda: None)
    threads = [threading.Thread(target=subject.add, args=([],)) for _ in range(20)]
    threads[0].start()
    entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    _until(lambda: subject._jobs.qsize() == 19)
    gate.set()
    for thread in threads:
        thread.join()
    subject.close()
    assert [len(group) for group in groups] == [1, 19]
    with pytest.raises(CannotWriteError, match="shutting down"):
        subject.add([])


def test_whoever_brings_too_much_is_told_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAITING_SPANS", 10)
    release = threading.Event()
    with collecting(tmp_path) as store:
        store.on_stored = lambda _: (release.wait(10), None)[1]
        store.add([chunk(1, 1)])  # the writer now waits
        waiting = threading.Thread(target=store.add, args=([chunk(2, *range(1, 9))],))
        waiting.start()
        _until(lambda: store._writer._jobs.qsize() == 1)
        with pytest.raises(BusyError):
            store.add([chunk(3, *range(1, 9))])
        release.set()
        waiting.join()
        assert trace_ids(store) == {1, 2}


@settings(max_examples=100, deadline=None)
@given(
    spans=st.lists(SPANS, min_size=1, max_size=8, unique_by=lambda span: span.start),
    cut=st.integers(0, 8),
    data=st.data(),
)
def test_a_summary_does_not_depend_on_how_spans_arrive(
    spans: list[Span], cut: int, data: st.DataObject
) -> None:
    whole = summarize("t", spans)
    shuffled = data.draw(st.permutations(spans))
    summary: Summary | None = None
    for part in (shuffled[:cut], shuffled[cut:]):
        if part:
            new = summarize("t", part)
            summary = new if summary is None else summary.with_added(new)
    assert summary is not None
    if not any("version" in span.tags for span in spans):
        assert summary == whole


def _first_refused(store: Store) -> int:
    """Fills the disk, and returns the first trace that had no room."""
    for trace in range(2, 1000):
        try:
            store.add([chunk(trace, 1, why="x" * 5000)])
        except CannotWriteError as error:
            assert "full" in str(error)  # noqa: PT017
            return trace
    raise AssertionError("the disk never was full")


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 10 s")
