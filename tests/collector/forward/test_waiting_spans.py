"""The queue of what waits to be sent on: bounded, and what it drops is counted."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from collector.forward.waiting_spans import WaitingChunk, WaitingSpans

CHUNKS = st.builds(WaitingChunk, st.text(max_size=3), st.binary(max_size=20), st.integers(1, 9))


@given(st.lists(st.lists(CHUNKS, max_size=4) | st.integers(1, 12), max_size=20))
def test_every_span_waits_was_taken_or_is_counted_as_dropped(steps: list[object]) -> None:
    waiting = WaitingSpans(max_spans=20, max_bytes=60)
    put = taken = 0
    for step in steps:
        if isinstance(step, int):
            got = waiting.take(step, 40, timeout_s=0)
            assert len(got) <= 1 or sum(chunk.spans for chunk in got) <= step
            taken += sum(chunk.spans for chunk in got)
        else:
            waiting.put(step)  # type: ignore[arg-type]
            put += sum(chunk.spans for chunk in step)  # type: ignore[attr-defined]
        assert waiting.spans <= 20
        assert put == taken + waiting.spans + waiting.dropped


@given(st.lists(CHUNKS, max_size=10))
def test_what_was_taken_and_put_back_comes_in_the_same_order(chunks: list[WaitingChunk]) -> None:
    waiting = WaitingSpans()
    waiting.put(chunks)
    waiting.put_back(waiting.take(10, 1000, timeout_s=0))
    assert waiting.take(1000, 1000, timeout_s=0) == chunks


def test_the_oldest_is_dropped() -> None:
    waiting = WaitingSpans(max_spans=5)
    old, new = WaitingChunk("old", b"", 3), WaitingChunk("new", b"", 3)
    waiting.put([old, new])
    assert waiting.take(10, 10, timeout_s=0) == [new]
    assert waiting.dropped == 3


def test_nobody_waits_for_what_is_closed() -> None:
    waiting = WaitingSpans()
    threading.Timer(0.05, waiting.close).start()
    began = time.monotonic()
    assert waiting.take(1, 1, timeout_s=60) == []
    assert time.monotonic() - began < 30
