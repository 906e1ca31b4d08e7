"""Segments: when finished spans are handed over, and that each of them is exactly once."""

from __future__ import annotations

import time

from tests.tracer.forking import in_child
from tracer import InMemoryWriter, Span, Tracer
from tracer.segment import PARTIAL_FLUSH_SPANS


class ChunkWriter(InMemoryWriter):
    """Keeps the chunks in which spans were put."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks: list[list[Span]] = []

    def put(self, spans: list[Span]) -> None:
        self.chunks.append(spans)
        super().put(spans)


def test_a_segment_is_handed_over_when_its_root_ends() -> None:
    writer = ChunkWriter()
    tracer = Tracer(writer)
    with tracer.trace("root") as root:
        with tracer.trace("a") as a:
            pass
        with tracer.trace("b") as b:
            pass
        assert writer.chunks == []
    assert writer.chunks == [[root, b, a]]


def test_a_huge_trace_is_handed_over_in_parts() -> None:
    writer = ChunkWriter()
    tracer = Tracer(writer)
    with tracer.trace("root") as root:
        for _ in range(3 * PARTIAL_FLUSH_SPANS - 1):
            with tracer.trace("child"):
                pass
            assert len(root.segment.finished) < PARTIAL_FLUSH_SPANS
    assert [len(chunk) for chunk in writer.chunks] == [PARTIAL_FLUSH_SPANS] * 3
    assert root in writer.chunks[-1]


def test_spans_that_finish_after_the_root_are_handed_over_at_once() -> None:
    writer = ChunkWriter()
    tracer = Tracer(writer)
    with tracer.trace("root") as root:
        late = tracer.trace("late")
        later = tracer.trace("later")
    late.finish()
    later.finish()
    assert writer.chunks == [[root], [late], [later]]


def test_a_forked_child_sends_only_its_own_spans() -> None:
    writer = ChunkWriter()
    tracer = Tracer(writer)

    def work() -> list[object]:
        with tracer.trace("of the child") as own, tracer.trace("inner"):
            pass
        inherited.finish()
        root.finish()
        return [
            [span.name for span in writer.spans],
            own.parent_id == inherited.span_id,
            own.trace_id == root.trace_id,
        ]

    with tracer.trace("root") as root, tracer.trace("inherited") as inherited:
        with tracer.trace("before"):
            pass
        assert in_child(work) == str([["of the child", "inner"], True, True])
    assert [span.name for span in writer.spans] == ["root", "inherited", "before"]


def test_clocks_are_read_again_if_something_came_between(tracer: Tracer) -> None:
    """Or all spans would be dated too early by that much, as by a clock that is behind."""
    readings = []

    def interrupted_once() -> int:
        now = time.time_ns()
        readings.append(now)
        if len(readings) == 1:
            time.sleep(0.05)
        return now

    tracer.configure(clock=interrupted_once)
    with tracer.trace("taste") as span:
        pass
    assert len(readings) >= 2
    assert span.start >= readings[1]
