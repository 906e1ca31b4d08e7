"""Many requests become one commit, and too many are told to come back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from collector import background_thread
from collector.store import group_commit
from collector.store.group_commit import (
    AddResult,
    BusyError,
    CannotWriteError,
    Committed,
    GroupCommitter,
    Job,
    NoAnswerError,
)
from tests.collector.chunks import chunk, trace_ids
from tests.collector.stores import collecting
from tests.waiting import wait_until


def test_many_jobs_become_one_commit() -> None:
    groups: list[list[Job[object]]] = []
    entered, gate = threading.Event(), threading.Event()

    def commit(jobs: list[Job[object]]) -> Committed:
        entered.set()
        gate.wait(10)
        groups.append(jobs)
        return Committed([0] * len(jobs))

    subject = GroupCommitter(commit, lambda: None)
    threads = [threading.Thread(target=subject.add, args=([], 0)) for _ in range(20)]
    threads[0].start()
    entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: subject._jobs.qsize() == 19)
    gate.set()
    for thread in threads:
        thread.join()
    subject.close()
    assert [len(group) for group in groups] == [1, 19]
    with pytest.raises(CannotWriteError, match="shutting down"):
        subject.add([], 0)


def test_a_client_that_sends_too_much_is_told_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_WAITING_SPANS", 10)
    release = threading.Event()
    with collecting(tmp_path) as store:
        store.on_stored = lambda _: (release.wait(10), None)[1]
        store.add([chunk(1, 1)])  # the writer now waits
        waiting = threading.Thread(target=store.add, args=([chunk(2, *range(1, 9))],))
        waiting.start()
        wait_until(lambda: store._committer._jobs.qsize() == 1)
        with pytest.raises(BusyError):
            store.add([chunk(3, *range(1, 9))])
        release.set()
        waiting.join()
        assert trace_ids(store) == {1, 2}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SystemExit()])
def test_nothing_that_upkeep_or_a_commit_raises_ends_the_writing(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(background_thread, "PAUSE_S", 0.001)
    failing = True

    def commit(jobs: list[Job[object]]) -> Committed:
        if failing:
            raise error
        return Committed([0] * len(jobs))

    def maintain() -> None:
        if failing:
            raise error

    subject = GroupCommitter(commit, maintain)
    for _ in range(3):
        with pytest.raises(CannotWriteError, match="bug"):
            subject.add([], 0)
    failing = False
    assert subject.add([], 0) == AddResult(0, 0)
    assert subject.problem() == ""
    failing = True
    subject.close()


def test_a_request_waits_for_a_stuck_disk_no_longer_than_its_bound_and_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    with collecting(tmp_path) as store:
        store.on_stored = lambda _: (release.wait(10), None)[1]
        store.add([chunk(1, 1)])  # the writer now waits
        monkeypatch.setattr(group_commit, "MAX_WAIT_S", 0.01)
        with pytest.raises(NoAnswerError, match="has not answered"):
            store.add([chunk(2, 1)])
        monkeypatch.setattr(store._committer._thread, "_max_round_s", -1)
        with pytest.raises(CannotWriteError, match="stuck"):
            store.add([chunk(3, 1)])
        assert "stuck" in store.problem()
        monkeypatch.undo()
        release.set()
        assert store.add([chunk(2, 1)]) == AddResult(1, 1)
        assert trace_ids(store) == {1, 2}
