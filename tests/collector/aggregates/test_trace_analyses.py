"""Large traces are analysed in another process, as they would be here."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import struct
import sys
from collections.abc import Iterator

import psutil
import pytest

from collector.aggregates import trace_analyses
from collector.aggregates.digest import digest
from collector.aggregates.trace_analyses import TraceAnalyses
from collector.aggregates.trace_set import Member, member_of
from collector.analysis.trace import Trace, read_trace
from collector.model import Chunk, Span
from collector.store.large_reads import BusyReadingError
from collector.store.trace_store import TraceStore
from tests.collector.stores import Stores

LARGE = 300
_numbers = itertools.count(1)


@pytest.fixture
def analyses(monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceAnalyses]:
    monkeypatch.setattr(trace_analyses, "LARGE_SPANS", LARGE)
    made = TraceAnalyses()
    yield made
    made.close()


def member(store: TraceStore, spans: int) -> Member:
    """Store a trace, and return it."""
    trace_id = f"{next(_numbers):032x}"
    root = Span(
        1, 0, "web", "request", "GET /", "http", 10**18, 10**6, tags={"span.kind": "server"}
    )
    children = [
        Span(2 + child, 1, "db", f"query {child}", "SELECT", "sql", 10**18 + child, 1)
        for child in range(spans - 1)
    ]
    store.add([Chunk(trace_id, [root, *children])])
    found = store.find(trace_id)
    assert found is not None
    return member_of(found)


def where(trace: Trace, more: object) -> tuple[int, int, object]:
    """Return the process that this runs in, how many spans the trace has, and the argument."""
    return os.getpid(), len(trace.tree.spans), more


def end(trace: Trace) -> None:
    """End the process, as the system does when memory is short."""
    os.kill(os.getpid(), 9)


def stop_in_the_middle(trace: Trace) -> None:
    """Stop the process once it has sent three of the thousand bytes of an answer."""
    os.write(int(sys.argv[1]), struct.pack("!i", 1_000) + b"abc")
    os.kill(os.getpid(), signal.SIGSTOP)


def stumble(trace: Trace) -> None:
    """Fail as code does that has a bug."""
    raise KeyError(trace.trace_id)


def _refused(*_: object, **__: object) -> None:
    raise OSError("no more processes")


def test_only_large_traces_go_to_another_process(
    analyses: TraceAnalyses, store: TraceStore
) -> None:
    small, large = member(store, LARGE - 1), member(store, LARGE)
    assert analyses.of(small, where, 7) == (os.getpid(), LARGE - 1, 7)
    process, *rest = analyses.of(large, where, 8)
    assert process != os.getpid()
    assert rest == [LARGE, 8]
    assert analyses.of(large, where, 9) == (process, LARGE, 9)
    here = read_trace(large.trace_id, large.partition.spans_of(large.row))
    assert analyses.of(large, digest) == digest(here)


def test_a_trace_that_has_grown_is_read_again(analyses: TraceAnalyses, store: TraceStore) -> None:
    large = member(store, LARGE)
    analyses.of(large, where, 0)
    store.add([Chunk(large.trace_id, [Span(10**6, 1, "db", "late", "", "", 10**18, 5)])])
    found = store.find(large.trace_id)
    assert found is not None
    grown = analyses.of(member_of(found), where, 0)
    assert grown is not None
    assert grown[1] == LARGE + 1


def test_one_that_has_ended_is_started_again(analyses: TraceAnalyses, store: TraceStore) -> None:
    large = member(store, LARGE)
    first = analyses.of(large, where, 0)
    assert first is not None
    psutil.Process(first[0]).kill()
    second = analyses.of(large, where, 0)
    assert second is not None
    assert second[0] != first[0]
    psutil.wait_procs([psutil.Process(first[0])] if psutil.pid_exists(first[0]) else [], 5)
    assert not psutil.pid_exists(first[0]), "nobody took note of its end"


def test_a_trace_that_ends_the_process_is_named(
    analyses: TraceAnalyses, store: TraceStore, capfd: pytest.CaptureFixture[str]
) -> None:
    large = member(store, LARGE)
    with pytest.raises(BusyReadingError, match=f"{large.trace_id} could not be analysed"):
        analyses.of(large, end)
    assert "see how much memory there is" in capfd.readouterr().err
    assert analyses.of(large, where, 0)


@pytest.mark.parametrize("size", [1, 10_000_000])
def test_one_that_hangs_is_ended(
    analyses: TraceAnalyses, store: TraceStore, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(trace_analyses, "STALL_S", 0.1)
    large = member(store, LARGE)
    first = analyses.of(large, where, 0)
    assert first is not None
    hung = psutil.Process(first[0])
    hung.suspend()
    monkeypatch.setattr(trace_analyses, "MAX_ANALYSIS_S", 0.1)
    with pytest.raises(BusyReadingError, match="was ended"):
        analyses.of(large, where, b"x" * size)
    hung.wait(5)


def test_one_that_stops_in_the_middle_of_an_answer_is_ended(
    analyses: TraceAnalyses, store: TraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_analyses, "STALL_S", 0.1)
    large = member(store, LARGE)
    with pytest.raises(BusyReadingError, match="was ended"):
        analyses.of(large, stop_in_the_middle)
    assert analyses.of(large, where, 0)


def test_none_is_started_while_the_collector_stops(
    analyses: TraceAnalyses, store: TraceStore
) -> None:
    large = member(store, LARGE)
    analyses.of(large, where, 0)
    analyses.close()
    with pytest.raises(BusyReadingError, match="being stopped"):
        analyses.of(large, where, 0)


def test_a_bug_is_told_where_it_is(
    analyses: TraceAnalyses, store: TraceStore, capfd: pytest.CaptureFixture[str]
) -> None:
    large = member(store, LARGE)
    with pytest.raises(RuntimeError):
        analyses.of(large, stumble)
    assert "in stumble" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("subprocess.Popen", _refused, "no more processes"),
        ("MODULE", "collector.no_such_module", "it has ended, or does not answer"),
        ("MAX_START_S", 0.0, "it has ended, or does not answer"),
    ],
)
def test_without_another_process_it_is_done_here(
    analyses: TraceAnalyses,
    store: TraceStore,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    value: object,
    why: str,
) -> None:
    monkeypatch.setattr(f"collector.aggregates.trace_analyses.{name}", value)
    assert analyses.of(member(store, LARGE), where, 5) == (os.getpid(), LARGE, 5)
    assert f"cannot be started: {why}" in capfd.readouterr().err


def test_a_file_that_is_gone_is_met_as_it_would_be_here(
    analyses: TraceAnalyses, stores: Stores
) -> None:
    with stores.open() as store:
        large = member(store, LARGE)
        [partition] = store.partitions()
        partition.path.unlink()
        partition.close()
        with pytest.raises(sqlite3.Error):
            analyses.of(large, where, 0)
