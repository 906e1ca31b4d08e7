"""Large traces are arranged before anybody asks, and nobody can tell that by the answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import blake2b

import msgspec
import pytest

from collector.http import trace_answers
from collector.http.trace_answers import TraceAnswers
from collector.http.trace_json import trace_columns
from collector.model import Chunk, Span
from collector.store.answer_file import FORMAT, answer_path
from collector.store.sqlite import Store
from collector.store.stored_trace import StoredTrace
from collector.store.why_kept import WhyKept
from collector.trace_summary import summarize_trace
from tests.collector.analysis.traces import random_heap

T0 = 1_700_000_000_000_000_000
ROOT = Span(1, 0, "web", "flask.request", "GET /", "http", T0, 1_000_000)


def children(first: int, count: int) -> list[Span]:
    return [
        Span(number, 1, "db", "query", f"SELECT {number}", "sql", T0 + number, 5, number % 2)
        for number in range(first, first + count)
    ]


@pytest.fixture
def answers(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceAnswers]:
    monkeypatch.setattr(trace_answers, "LARGE_SPANS", 10)
    monkeypatch.setattr(trace_answers, "SETTLED_S", 0.0)
    answers = TraceAnswers(store, lambda seconds: True)
    monkeypatch.setattr(store, "on_stored", answers.put)
    yield answers
    answers.close()


def find(store: Store, trace_id: str) -> StoredTrace:
    stored = store.find(trace_id)
    assert stored
    return stored


def wait_for_file(stored: StoredTrace, before: bytes = b"") -> bytes:
    path = answer_path(stored.partition, stored.row)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if path.exists() and (now := path.read_bytes()) != before:
            return now
        time.sleep(0.01)
    raise AssertionError("it was not kept")


def test_a_large_trace_is_arranged_and_again_when_it_grows(
    store: Store, answers: TraceAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.start()
    small, large = f"{1:032x}", f"{2:032x}"
    store.add([Chunk(small, [ROOT, *children(2, 3)]), Chunk(large, [ROOT, *children(2, 30)])])
    stored = find(store, large)
    first = wait_for_file(stored)
    store.add([Chunk(large, children(100, 5))])
    wait_for_file(stored, first)
    small_trace = find(store, small)
    assert not answer_path(small_trace.partition, small_trace.row).exists()

    fresh = TraceAnswers(store, lambda seconds: True)
    with monkeypatch.context() as patch:
        patch.setattr(trace_answers, "_make", None)  # what is read is not made
        kept = fresh.answer(stored, stored.summary())
    answer_path(stored.partition, stored.row).unlink()
    made = TraceAnswers(store, lambda seconds: True).answer(stored, stored.summary())
    assert kept == made


def test_what_is_said_beside_the_columns_is_as_it_is_now(
    store: Store, answers: TraceAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add([Chunk(f"{3:032x}", [ROOT, *children(2, 30)])])
    stored = find(store, f"{3:032x}")
    before = answers.answer(stored, stored.summary())
    assert b'"services":{' in before
    assert b'"kept":null' in before
    why = WhyKept("slow", 0.5)
    monkeypatch.setattr(store, "why_kept", lambda trace_ids: dict.fromkeys(trace_ids, why))
    assert b'"reason":"slow"' in answers.answer(stored, stored.summary())


def test_only_the_newest_of_very_many_wait(
    store: Store, answers: TraceAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_answers, "MAX_WAITING", 2)
    trace_ids = [f"{number:032x}" for number in range(10, 14)]
    store.add([Chunk(trace_id, [ROOT, *children(2, 30)]) for trace_id in trace_ids])
    answers.start()
    wait_for_file(find(store, trace_ids[-1]))
    wait_for_file(find(store, trace_ids[-2]))
    first = find(store, trace_ids[0])
    assert not answer_path(first.partition, first.row).exists()


def test_answers_that_change_have_another_format() -> None:
    """Those kept by the program before an update are used after it, unless the format says not."""
    digest = blake2b(digest_size=8)
    for seed in range(40):
        spans = random_heap(30, seed)
        columns = trace_columns(summarize_trace(f"{seed:032x}", spans), spans)
        digest.update(msgspec.json.encode(columns))
    advice = "raise FORMAT in collector/store/answer_file.py, and put the new digest here"
    assert (FORMAT, digest.hexdigest()) == (1, "e76d7224b7087739"), advice
