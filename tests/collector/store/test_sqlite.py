"""The store keeps what it is given, whole and once, over restarts and accidents."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from collector.store import group_commit, group_writer, partitions
from collector.store.append import AppendResult, append
from collector.store.folder_lock import StoreInUseError
from collector.store.group_commit import AddResult, CannotWriteError
from collector.store.partition import Partition
from collector.store.prepared import PreparedChunk
from collector.store.sqlite import Store
from tests.collector.chunks import chunk, span_ids, trace_ids
from tests.collector.stores import collecting
from tests.waiting import wait_until


def test_what_is_sent_twice_is_stored_once(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        assert store.add([chunk(1, 1, 2), chunk(2, 1)]) == AddResult(3, 0)
        assert store.add([chunk(1, 1, 2), chunk(3, 1)]) == AddResult(3, 2)
        assert store.add([chunk(4, 1), chunk(4, 1)]) == AddResult(2, 1)
        assert span_ids(store, 1) == [1, 2]
        assert store.totals()[:2] == (5, 4)


def test_a_retried_payload_is_known_after_a_restart_and_in_a_full_partition(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=80) as store:
        store.add([chunk(1, 1, 2)])
    with collecting(tmp_path, max_spans=80) as store:
        assert store.add([chunk(1, 1, 2)]).duplicates == 2
        for trace in range(2, 30):
            store.add([chunk(trace, 1)])
        assert store.partitions()[-1].sealed
        assert store.add([chunk(1, 1, 2)]).duplicates == 2
        assert span_ids(store, 1) == [1, 2]


def test_late_spans_join_their_trace_in_its_full_partition(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=800) as store:
        for trace in range(1, 300):
            store.add([chunk(trace, 2)])
        store.add([chunk(1, 1, 3, service="late", why="because"), chunk(299, 1)])
        assert len(store.partitions()) in (3, 4)  # the third is full: a fourth is due any moment
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


@pytest.mark.parametrize("max_recent_spans", [3, 1_000_000])
def test_a_restart_changes_nothing(
    tmp_path: Path, max_recent_spans: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "MAX_RECENT_SPANS", max_recent_spans)
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


def test_a_second_collector_is_refused(tmp_path: Path) -> None:
    with collecting(tmp_path), pytest.raises(StoreInUseError, match="another collector"):
        Store(tmp_path)
    with collecting(tmp_path):
        pass


def test_when_the_disk_is_full_nothing_is_acknowledged_and_nothing_lost(tmp_path: Path) -> None:
    with collecting(tmp_path) as store:
        store.add([chunk(1, 1)])
        connection = store.partitions()[0].write_connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        refused = _first_refused(store)
        assert trace_ids(store) == set(range(1, refused))
        connection.execute("PRAGMA max_page_count = 1000000")
        store.add([chunk(refused, 1)])
        assert trace_ids(store) == set(range(1, refused + 1))


def test_a_full_disk_with_the_log_on_it_ends_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_IDLE_SECONDS", 0.01)
    log_for_which_there_is_no_room = open("/dev/full", "w")  # noqa: SIM115
    with collecting(tmp_path) as store:
        monkeypatch.setattr(sys, "stderr", log_for_which_there_is_no_room)
        store.add([chunk(1, 1, **{f"tag{number}": "y" * 100 for number in range(200)})])
        connection = store.partitions()[0].write_connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        refused = _first_refused(store)
        monkeypatch.setattr(partitions, "MAX_RECENT_SPANS", 1)  # a flush is due
        with pytest.raises(CannotWriteError, match="full"):
            store.add([chunk(refused, 1, why="x" * 5000)])
        time.sleep(0.1)  # it is tried again and again, and told of
        connection.execute("PRAGMA max_page_count = 1000000")
        store.add([chunk(refused, 1)])
        assert trace_ids(store) == set(range(1, refused + 1))
    with contextlib.suppress(OSError):
        log_for_which_there_is_no_room.close()


def test_when_its_files_are_deleted_it_goes_on_with_new_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with collecting(tmp_path / "store") as store:
        store.add([chunk(1, 1)])
        while (tmp_path / "store").exists():  # the store may be about to write something there
            shutil.rmtree(tmp_path / "store", ignore_errors=True)
        store.add([chunk(2, 1)])
        store.add([chunk(3, 1, service="new")])
        assert trace_ids(store) == {2, 3}
    # Upkeep may be at work just when the files go, and says so.
    lines = [line for line in capsys.readouterr().err.splitlines() if "upkeep" not in line]
    assert len(lines) <= 2
    with collecting(tmp_path / "store") as store:
        assert trace_ids(store) == {2, 3}


def test_a_chunk_that_breaks_the_store_does_not_harm_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaking(partition: Partition, chunks: list[PreparedChunk]) -> AppendResult:
        if any(chunk.trace_id == f"{13:032x}" for chunk in chunks):
            raise OverflowError("a bug")
        return append(partition, chunks)

    monkeypatch.setattr(group_writer, "append", breaking)
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
        wait_until(lambda: store._committer._jobs.qsize() == 3)
        release.set()
        for thread in threads:
            thread.join()
        assert trace_ids(store) == {1, 12, 14}
    assert sorted(map(str, results))[2] == "the spans cannot be stored: a bug"
    assert "OverflowError" in capsys.readouterr().err


def _first_refused(store: Store) -> int:
    """Fill the disk, and return the first trace for which there was no room."""
    for trace in range(2, 1000):
        try:
            store.add([chunk(trace, 1, why="x" * 5000)])
        except CannotWriteError as error:
            assert "full" in str(error)  # noqa: PT017
            return trace
    raise AssertionError("the disk never filled up")
