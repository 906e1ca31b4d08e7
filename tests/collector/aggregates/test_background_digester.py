"""Digests are made in the background: of all new traces, of what grew when asked, and only while
nobody else is served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.aggregates import background_digester
from collector.aggregates.background_digester import BackgroundDigester
from collector.aggregates.digest_store import without_digest
from collector.model import Chunk
from collector.store.sqlite import Store
from tests.collector.analysis.traces import span
from tests.collector.stores import collecting


class ManualDigester(BackgroundDigester):
    """A digester that a test tells whether anybody is being served, and when to work."""

    def __init__(self, store: Store) -> None:
        self.quiet = True
        self.prepared = 0
        super().__init__(store, self._count_prepared, lambda seconds: self.quiet)

    def _count_prepared(self, may_go_on: Callable[[], bool]) -> None:
        assert may_go_on()
        self.prepared += 1


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(background_digester, "_WINDOW_TRACES", 8)
    monkeypatch.setattr(background_digester, "QUIET_SECONDS", 0.001)
    monkeypatch.setattr(background_digester, "BUSY_SPANS_PER_S", 10**9)
    with collecting(tmp_path) as store:
        yield store


def send(store: Store, *numbers: int) -> None:
    store.add([Chunk(f"{number:032x}", [span(1, 0, number, number + 9)]) for number in numbers])


def undigested(store: Store) -> list[int]:
    """The traces that have no digest."""
    [partition] = store.partitions()
    return without_digest(partition, range(1, partition.next_row))


def tick(subject: BackgroundDigester, ticks: int) -> None:
    for _ in range(ticks):
        subject.tick()


def test_new_traces_are_digested_once_they_have_settled(store: Store) -> None:
    subject = ManualDigester(store)
    send(store, *range(1, 21))
    assert subject.waiting == 20
    tick(subject, background_digester.SETTLED_TICKS - 1)
    assert len(undigested(store)) == 20
    tick(subject, 1)
    assert undigested(store) == []
    assert (subject.waiting, subject.prepared) == (0, 1)
    send(store, *range(21, 31))
    assert subject.waiting == 10
    tick(subject, 1)
    assert len(undigested(store)) == 10
    tick(subject, background_digester.SETTLED_TICKS)
    assert (undigested(store), subject.waiting) == ([], 0)


def test_it_keeps_out_of_the_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_digester, "TICK_SECONDS", 0.02)
    subject = ManualDigester(store)
    send(store, *range(1, 11))
    subject.quiet = False
    tick(subject, 5)
    assert len(undigested(store)) == 10
    subject.quiet = True
    monkeypatch.setattr(background_digester, "BUSY_SPANS_PER_S", 0)
    send(store, 11)
    subject.tick()
    assert len(undigested(store)) == 11
    monkeypatch.setattr(background_digester, "TICK_SECONDS", 60.0)
    tick(subject, 5)
    assert len(undigested(store)) == 11, "so many spans have just come that somebody looks at them"
    monkeypatch.setattr(background_digester, "CURIOSITY_S", 0.0)
    tick(subject, 5)
    assert undigested(store) == []


def test_only_the_newest_are_digested_in_advance(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_digester, "MAX_DIGESTED_TRACES", 16)
    subject = ManualDigester(store)
    send(store, *range(1, 41))
    tick(subject, background_digester.SETTLED_TICKS)
    assert undigested(store) == list(range(1, 25))
    assert subject.waiting == 0


def test_it_stops_on_request(store: Store) -> None:
    subject = ManualDigester(store)
    send(store, *range(1, 11))
    subject.quiet = False
    subject.stop()
    tick(subject, background_digester.SETTLED_TICKS)
    assert len(undigested(store)) == 10
