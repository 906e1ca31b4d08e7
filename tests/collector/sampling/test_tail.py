"""Traces on their way through the tail, in batches of all kinds, into a real store."""

from __future__ import annotations

import errno
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from collector.model import Chunk
from collector.sampling import decider, tail, waiting_traces
from collector.sampling.holding import Holding, held_chunk, trace_key
from collector.sampling.policy import (
    AnyPolicy,
    KeepErrors,
    KeepRare,
    KeepSample,
    KeepSlow,
    TailSettings,
)
from collector.sampling.policy_book import PolicyBook
from collector.sampling.tail import Tail
from collector.store.group_commit import CannotWriteError
from collector.store.settings import SettingFile
from collector.store.trace_store import TraceStore
from tests.collector.chunks import span_ids, trace_ids
from tests.collector.sampling.traces import request
from tests.collector.stores import Stores
from tests.waiting import wait_until

WAIT_S = 0.3
ERRORS = (KeepErrors(),)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decider, "PAUSE_S", 0.01)
    monkeypatch.setattr(waiting_traces, "ROOT_WAIT_S", 1.5)


@contextmanager
def sampling(
    stores: Stores, *policies: AnyPolicy, wait_s: float = WAIT_S, name: str = "store"
) -> Iterator[tuple[TraceStore, Tail]]:
    """Open a store behind a tail with these policies until the block ends."""
    with stores.open(name) as store:
        book = PolicyBook(SettingFile(store.folder / "tail-sampling.json"))
        book.replace(TailSettings(wait_s, list(policies or ERRORS)))
        subject = Tail(store, book)
        try:
            yield store, subject
        finally:
            subject.close()


def nothing_held(subject: Tail) -> bool:
    held = subject.report()["held"]
    assert isinstance(held, dict)
    return not held["traces"]


def parts(chunk: Chunk, *places: int) -> list[Chunk]:
    """Return a trace's spans one by one, in this order."""
    return [Chunk(chunk.trace_id, [chunk.spans[place]]) for place in places]


def test_traces_are_kept_for_a_reason_or_dropped(stores: Stores) -> None:
    with sampling(stores, KeepErrors(), KeepSlow(over_ms=50)) as (store, subject):
        subject.add([request(1), request(2, error=1), request(3, ms=60)])
        assert subject.holds(f"{1:032x}")
        assert trace_ids(store) == set()
        wait_until(lambda: nothing_held(subject))
        wait_until(lambda: trace_ids(store) == {2, 3})
        assert trace_ids(store, "kept:error") == {2}
        assert trace_ids(store, "kept:slow") == {3}
        report = subject.report()
        assert report["dropped"]["traces"] == 1  # type: ignore[index]
        assert [row["kept"] for row in report["policies"]] == [1, 1]  # type: ignore[union-attr]
        [minute] = {count.minute for count in subject.counts(0, 10**9)}
        counted = {(c.kept, c.reason): c.traces for c in subject.counts(minute, minute + 1)}
        assert counted == {(False, ""): 1, (True, "error"): 1, (True, "slow"): 1}


def test_a_sampled_trace_says_for_how_many_it_stands(stores: Stores) -> None:
    with sampling(stores, KeepSample(rate=0.5)) as (store, subject):
        subject.add([request(number) for number in range(1, 40)])
        wait_until(lambda: nothing_held(subject) and 0 < len(trace_ids(store)) < 39)
        for number in trace_ids(store):
            found = store.find(f"{number:032x}")
            assert found is not None
            root, call = found.spans()
            assert (root.tags["sampling.kept"], root.tags["sampling.tail_rate"]) == ("sample", 0.5)
            assert "sampling.kept" not in call.tags


def test_the_order_and_the_batches_in_which_spans_come_do_not_matter(stores: Stores) -> None:
    rng = random.Random(5)
    traces = [
        request(rng.getrandbits(63), error=int(rng.random() < 0.2), calls=("a", "b", "c"))
        for _ in range(40)
    ]
    in_order = [Chunk(t.trace_id, [span]) for t in traces for span in t.spans]
    mixed = rng.sample(in_order, len(in_order))
    stored = []
    for number, sent in enumerate((in_order, mixed)):
        with sampling(stores, *ERRORS, KeepSample(rate=0.3), name=str(number)) as (store, subject):
            while sent:
                size = rng.randint(1, 9)
                subject.add(sent[:size])
                sent = sent[size:]
            wait_until(lambda: nothing_held(subject))
            wait_until(lambda: 5 < len(trace_ids(store)) < 40)
            stored.append({n: sorted(span_ids(store, n)) for n in trace_ids(store)})
    assert stored[0] == stored[1]
    assert all(ids == [1, 2, 3, 4] for ids in stored[0].values())


def test_spans_that_come_after_the_decision_follow_it(stores: Stores) -> None:
    kept, dropped = request(1, error=1, calls=("a", "b")), request(2, calls=("a", "b"))
    with sampling(stores) as (store, subject):
        subject.add([*parts(kept, 0, 1), *parts(dropped, 0, 1)])
        wait_until(lambda: trace_ids(store) == {1})
        subject.add([*parts(kept, 2), *parts(dropped, 2)])
        wait_until(lambda: span_ids(store, 1) == [1, 2, 3])
        wait_until(lambda: nothing_held(subject))
        assert trace_ids(store) == {1}
        assert subject.report()["late_dropped_spans"] == 1


def test_late_spans_follow_a_decision_made_before_a_restart(stores: Stores) -> None:
    kept, dropped = request(1, error=1, calls=("a", "b")), request(2, calls=("a", "b"))
    with sampling(stores) as (store, subject):
        subject.add([*parts(kept, 0, 1), *parts(dropped, 0, 1)])
        wait_until(lambda: trace_ids(store) == {1})
    with sampling(stores) as (store, subject):
        subject.add([*parts(kept, 2), *parts(dropped, 2)])
        wait_until(lambda: span_ids(store, 1) == [1, 2, 3])
        wait_until(lambda: nothing_held(subject))
        assert trace_ids(store) == {1}


def test_a_kept_trace_is_known_even_if_the_decision_is_forgotten(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.sampling.holding.MAX_DECISIONS", 1)
    kept = request(1, error=1, calls=("a", "b"))
    with sampling(stores) as (store, subject):
        subject.add(parts(kept, 0, 1))
        wait_until(lambda: trace_ids(store) == {1})
        subject.add([request(2), request(3)])
        wait_until(lambda: nothing_held(subject))
        subject.add(parts(kept, 2))
        wait_until(lambda: span_ids(store, 1) == [1, 2, 3])


def test_a_trace_longer_than_the_window_is_decided_when_its_root_comes(stores: Stores) -> None:
    slow = request(1, ms=900, calls=("a", "b"))
    with sampling(stores, KeepSlow(over_ms=500)) as (store, subject):
        subject.add(parts(slow, 1, 2))
        subject.add([request(9)])
        wait_until(lambda: not subject.holds(f"{9:032x}"))
        wait_until(lambda: bool(subject._decider and subject._decider._waiting._rootless))
        subject.add(parts(slow, 0))
        wait_until(lambda: trace_ids(store) == {1})
        assert sorted(span_ids(store, 1)) == [1, 2, 3]


def test_a_trace_without_a_root_that_is_kept_for_certain_does_not_wait_for_one(
    stores: Stores,
) -> None:
    with sampling(stores) as (store, subject):
        subject.add([*parts(request(1, error=1), 1), *parts(request(2), 1)])
        wait_until(lambda: trace_ids(store) == {1})
        assert subject.holds(f"{2:032x}")
        wait_until(lambda: nothing_held(subject))
        assert trace_ids(store) == {1}


def test_what_is_held_at_the_end_is_decided_at_the_next_start(stores: Stores) -> None:
    with sampling(stores, wait_s=60) as (store, subject):
        subject.add([request(1, error=1), request(2)])
    with sampling(stores) as (store, subject):
        wait_until(lambda: trace_ids(store) == {1})
        wait_until(lambda: nothing_held(subject))


@pytest.mark.parametrize("stored", [False, True])
def test_a_decision_that_was_not_carried_out_is_after_a_crash(
    stores: Stores, tmp_path: Path, stored: bool
) -> None:
    """The process was killed after the decision: before the kept spans were stored, or after."""
    kept = request(1, error=1, calls=("a", "b"))
    with sampling(stores) as (store, subject):
        subject.add(parts(kept, 0, 1))
        wait_until(lambda: trace_ids(store) == {1})
    if not stored:
        for path in (tmp_path / "store").glob("spans-*"):
            path.unlink()
    holding = Holding(tmp_path / "store" / "held.db")
    holding.hold([held_chunk(chunk) for chunk in parts(kept, 0, 1)])
    assert holding.decisions([trace_key(kept.trace_id)])
    holding.close()
    with sampling(stores, KeepSample(rate=0)) as (store, subject):
        wait_until(lambda: nothing_held(subject))
        wait_until(lambda: trace_ids(store) == {1})
        assert span_ids(store, 1) == [1, 2]


def test_turned_off_everything_is_kept_but_what_was_dropped_stays_so(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = request(1, calls=("a", "b"))
    with sampling(stores) as (store, subject):
        subject.add(parts(dropped, 0, 1))
        wait_until(lambda: nothing_held(subject))
        subject.add([request(2)])
        subject.change(TailSettings(0))
        subject.add([request(3), *parts(dropped, 2)])
        wait_until(lambda: trace_ids(store) == {2, 3})
        wait_until(lambda: nothing_held(subject))
        assert trace_ids(store) == {2, 3}
        monkeypatch.setattr(tail, "AFTERMATH_S", 0)
        subject.add([request(4)])
        assert trace_ids(store) == {2, 3, 4}, "it is stored at once"


def test_policies_change_while_it_runs(stores: Stores) -> None:
    with sampling(stores, wait_s=0) as (store, subject):
        subject.add([request(1)])
        assert trace_ids(store) == {1}
        subject.change(TailSettings(WAIT_S, [KeepRare(name="odd")]))
        subject.add([request(2), request(3)])
        wait_until(lambda: nothing_held(subject))
        wait_until(lambda: trace_ids(store, "kept:odd") == {2})
        assert trace_ids(store) == {1, 2}


def test_memory_is_bounded_and_what_is_let_go_is_decided(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_traces, "MAX_TRACES", 5)
    with sampling(stores, wait_s=60) as (store, subject):
        subject.add([request(number, error=1) for number in range(1, 21)])
        wait_until(lambda: len(trace_ids(store)) == 15)
        assert trace_ids(store) == set(range(1, 16))
        assert subject.report()["decided_early"] == 15


def test_a_store_that_cannot_take_what_is_kept_gets_it_later(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(decider, "BUSY_PAUSE_S", 0.01)
    with sampling(stores) as (store, subject):
        add = store.add
        failures = iter([CannotWriteError("the disk is full")] * 2)

        def refuse_twice(chunks: list[Chunk]) -> object:
            if problem := next(failures, None):
                raise problem
            return add(chunks)

        monkeypatch.setattr(store, "add", refuse_twice)
        subject.add([request(1, error=1), request(2)])
        wait_until(lambda: trace_ids(store) == {1})
        assert span_ids(store, 1) == [1, 2]
    assert "cannot be stored yet: the disk is full" in capsys.readouterr().err


def test_a_trace_is_held_until_it_is_stored(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sampling(stores) as (store, subject):
        add = store.add
        held_meanwhile = []

        def note(chunks: list[Chunk]) -> object:
            held_meanwhile.append(subject.holds(chunks[0].trace_id))
            return add(chunks)

        monkeypatch.setattr(store, "add", note)
        subject.add([request(1, error=1)])
        wait_until(lambda: trace_ids(store) == {1})
        wait_until(lambda: nothing_held(subject))
        assert held_meanwhile == [True]
        assert not subject.holds(f"{1:032x}")


def test_what_cannot_be_held_is_not_acknowledged(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with sampling(stores) as (_, subject):
        monkeypatch.setattr(Holding, "hold", full)
        with pytest.raises(CannotWriteError, match="No space left"):
            subject.add([request(1)])
        assert nothing_held(subject)


def test_a_bug_in_a_policy_keeps_the_trace(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bug(*_: object) -> None:
        raise RuntimeError("oh")

    with sampling(stores) as (store, subject):
        monkeypatch.setattr(subject.book, "decide", bug)
        subject.add([request(1)])
        wait_until(lambda: trace_ids(store) == {1})
    assert "which is kept" in capsys.readouterr().err


def test_a_damaged_part_is_lost_alone(
    stores: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sampling(stores, wait_s=60) as (_, subject):
        subject.add([*parts(request(1, error=1), 0, 1), request(2, error=1)])
    with closing(sqlite3.connect(tmp_path / "store" / "held.db")) as file, file:
        file.execute("UPDATE held SET chunk = x'00' WHERE id = 1")
    with sampling(stores) as (store, subject):
        wait_until(lambda: trace_ids(store) == {1, 2})
        wait_until(lambda: nothing_held(subject))
        assert span_ids(store, 1) == [2]
    assert "damaged" in capsys.readouterr().err
    with closing(Holding(tmp_path / "store" / "held.db")) as holding:
        assert holding.rows() == []
