"""Digests are made in the background: of all new traces, of what grew when asked, and only while
nobody else is served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.aggregates import background
from collector.aggregates.background import Keeper
from collector.aggregates.digest_store import missing
from collector.model import Chunk
from collector.store.sqlite import Store
from tests.collector.analysis.traces import span
from tests.collector.conftest import collecting


class Watched(Keeper):
    """A keeper that is told when to work, and whether anybody is served."""

    def __init__(self, store: Store) -> None:
        self.quiet = True
        self.prepared = 0
        super().__init__(store, self._count_prepared, lambda seconds: self.quiet)

    def _count_prepared(self, may_go_on: Callable[[], bool]) -> None:
        assert may_go_on()
        self.prepared += 1


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(background, "_WINDOW", 8)
    monkeypatch.setattr(background, "QUIET_SECONDS", 0.001)
    monkeypatch.setattr(background, "BUSY_SPANS", 10**9)
    with collecting(tmp_path) as store:
        yield store


def send(store: Store, *numbers: int) -> None:
    store.add([Chunk(f"{number:032x}", [span(1, 0, number, number + 9)]) for number in numbers])


def without(store: Store) -> list[int]:
    """The traces that have no digest."""
    [partition] = store.partitions()
    return missing(partition, range(1, partition.next_row))


def work(subject: Keeper, ticks: int) -> None:
    for _ in range(ticks):
        subject.tick()


def test_new_traces_are_digested_once_they_have_settled(store: Store) -> None:
    subject = Watched(store)
    send(store, *range(1, 21))
    assert subject.waiting == 20
    work(subject, background.SETTLED_TICKS - 1)
    assert len(without(store)) == 20
    work(subject, 1)
    assert without(store) == []
    assert (subject.waiting, subject.prepared) == (0, 1)
    send(store, *range(21, 31))
    assert subject.waiting == 10
    work(subject, 1)
    assert len(without(store)) == 10
    work(subject, background.SETTLED_TICKS)
    assert (without(store), subject.waiting) == ([], 0)


def test_it_keeps_out_of_the_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "TICK_SECONDS", 0.02)
    subject = Watched(store)
    send(store, *range(1, 11))
    subject.quiet = False
    work(subject, 5)
    assert len(without(store)) == 10
    subject.quiet = True
    monkeypatch.setattr(background, "BUSY_SPANS", 0)
    send(store, 11)
    subject.tick()
    assert len(without(store)) == 11
    monkeypatch.setattr(background, "TICK_SECONDS", 60.0)
    work(subject, 5)
    assert without(store) == []


def test_only_the_newest_are_digested_in_advance(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "NEWEST", 16)
    subject = Watched(store)
    send(store, *range(1, 41))
    work(subject, background.SETTLED_TICKS)
    assert without(store) == list(range(1, 25))
    assert subject.waiting == 0


def test_told_to_stop_it_stops(store: Store) -> None:
    subject = Watched(store)
    send(store, *range(1, 11))
    subject.quiet = False
    subject.stop()
    work(subject, background.SETTLED_TICKS)
    assert len(without(store)) == 10
