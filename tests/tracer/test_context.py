"""The current span: in nested blocks, threads, tasks and generators, and when it is misused."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import random
import threading
import weakref
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import Context, InMemoryWriter, Span, Tracer


def in_thread(work: object) -> None:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_spans_nest(tracer: Tracer) -> None:
    with tracer.trace("a") as a:
        with tracer.trace("b") as b:
            assert tracer.current_span() is b
        with tracer.trace("c") as c:
            pass
        assert tracer.current_span() is a
    assert tracer.current_span() is None
    assert a.parent_id == 0
    assert b.parent_id == c.parent_id == a.span_id
    assert a.trace_id == b.trace_id == c.trace_id


def test_a_root_starts_a_trace_of_its_own(tracer: Tracer) -> None:
    with tracer.trace("a") as a:
        pass
    with tracer.trace("b") as b:
        pass
    assert a.trace_id != b.trace_id


def test_a_remote_parent_is_continued(tracer: Tracer) -> None:
    remote = Context(2**127 + 7, 2**64 - 1, priority=1, tracestate="x=1")
    with tracer.activate(remote):
        assert tracer.current_context() == remote
        with tracer.trace("a") as a, tracer.trace("b") as b:
            assert b.context == Context(remote.trace_id, b.span_id, 1, "x=1")
        assert tracer.current_context() == remote
    assert tracer.current_context() is None
    assert (a.trace_id, a.parent_id) == (remote.trace_id, remote.span_id)


def test_activating_nothing_changes_nothing(tracer: Tracer) -> None:
    with tracer.trace("a") as a, tracer.activate(None):
        assert tracer.current_span() is a


def test_a_span_of_another_thread_can_be_activated(tracer: Tracer) -> None:
    children = []

    def work(parent: Span) -> None:
        with tracer.activate(parent), tracer.trace("child") as child:
            children.append(child)
        assert tracer.current_span() is None

    with tracer.trace("parent") as parent:
        in_thread(lambda: work(parent))
    assert children[0].parent_id == parent.span_id


def test_threads_do_not_see_each_others_spans(tracer: Tracer) -> None:
    roots = []

    def work() -> None:
        with tracer.trace("b") as b:
            roots.append(b)

    with tracer.trace("a") as a:
        in_thread(work)
        assert tracer.current_span() is a
    assert roots[0].parent_id == 0


def test_each_task_nests_its_own_spans(tracer: Tracer, writer: InMemoryWriter) -> None:
    async def work(name: str) -> None:
        with tracer.trace(name):
            await asyncio.sleep(0)
            with tracer.trace(f"{name}.inner"):
                await asyncio.sleep(0)

    async def main() -> None:
        with tracer.trace("main"):
            await asyncio.gather(*(work(f"task{n}") for n in range(5)))

    asyncio.run(main())
    by_id = {span.span_id: span for span in writer.spans}
    parents = {
        span.name: by_id[span.parent_id].name if span.parent_id else None for span in writer.spans
    }
    assert parents == {
        "main": None,
        **{f"task{n}": "main" for n in range(5)},
        **{f"task{n}.inner": f"task{n}" for n in range(5)},
    }


def test_a_task_that_outlives_its_root_stays_in_the_trace(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    async def work(done: asyncio.Event) -> None:
        await done.wait()
        for name in ("late", "later"):
            with tracer.trace(name):
                pass

    async def main() -> None:
        done = asyncio.Event()
        with tracer.trace("root"):
            task = asyncio.create_task(work(done))
        done.set()
        await task

    asyncio.run(main())
    root, late, later = writer.spans
    assert late.parent_id == later.parent_id == root.span_id


def test_a_span_finished_in_another_thread_is_over_here_too(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    with tracer.trace("outer") as outer:
        for _ in range(3):
            span = tracer.trace("job")
            in_thread(span.finish)
            with tracer.trace("next") as following:
                assert following.parent_id == outer.span_id
            assert tracer.current_span() is outer
    assert len(writer.spans) == 7


def test_a_finished_span_is_not_current(tracer: Tracer) -> None:
    span = tracer.trace("job")
    in_thread(span.finish)
    assert tracer.current_span() is None
    assert tracer.current_context() is None


def test_finishing_elsewhere_leaves_the_current_span_there_alone(tracer: Tracer) -> None:
    span = tracer.trace("a")

    def work() -> None:
        with tracer.trace("other") as other:
            span.finish()
            assert tracer.current_span() is other

    in_thread(work)
    assert tracer.current_span() is None


def test_out_of_order(tracer: Tracer, writer: InMemoryWriter) -> None:
    a = tracer.trace("a")
    b = tracer.trace("b")
    c = tracer.trace("c")
    b.finish()
    assert tracer.current_span() is a
    c.finish()
    assert tracer.current_span() is a
    a.finish()
    assert tracer.current_span() is None
    assert writer.spans == [a, c, b]


def test_a_forgotten_child_does_not_swallow_what_follows(tracer: Tracer) -> None:
    with tracer.trace("request"):
        tracer.trace("forgotten")
    with tracer.trace("next request") as following:
        pass
    assert following.parent_id == 0


def test_a_generator_may_be_left_half_way(tracer: Tracer) -> None:
    def rows() -> Iterator[int]:
        with tracer.trace("rows"):
            yield 1
            yield 2

    with tracer.trace("reader"):
        unfinished = rows()
        next(unfinished)
    unfinished.close()
    assert tracer.current_span() is None


def test_finishing_in_a_copied_context(tracer: Tracer) -> None:
    span = tracer.trace("a")
    contextvars.copy_context().run(span.finish)
    assert tracer.current_span() is None


def test_unfinished_spans_are_not_kept(tracer: Tracer) -> None:
    class Probe(dict[str, object]):
        """Something on a span that shows when it is gone."""

    probe = Probe()
    gone = weakref.ref(probe)

    def leave_open(held: Probe) -> None:
        span = tracer.trace("unfinished")
        span.tags = held  # type: ignore[assignment]
        with tracer.trace("child"):
            pass

    thread = threading.Thread(target=leave_open, args=(probe,))
    thread.start()
    thread.join()
    del probe, thread
    gc.collect()
    assert gone() is None


def test_a_deep_chain_can_be_dropped(tracer: Tracer) -> None:
    depth = 100_000
    spans = [tracer.trace("deep") for _ in range(depth)]
    while spans:
        spans.pop().finish()
    assert tracer.current_span() is None
    with tracer.trace("root"):
        for _ in range(depth):
            tracer.trace("forgotten")
    assert tracer.current_span() is None


@pytest.mark.parametrize("seed", range(3))
def test_many_threads_share_a_segment(seed: int, tracer: Tracer, writer: InMemoryWriter) -> None:
    """Each span is handed over exactly once, however threads and the root's end interleave."""
    with tracer.trace("root") as root:

        def work() -> None:
            with tracer.activate(root):
                for _ in range(400):
                    with tracer.trace("child"):
                        pass

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        if random.random() < 0.5:
            threads[0].join()
    for thread in threads:
        thread.join()
    ids = [span.span_id for span in writer.spans]
    assert len(ids) == len(set(ids)) == 8 * 400 + 1


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=60))
def test_whatever_order_spans_end_in_the_context_is_clean_after_the_root(
    steps: list[int | None],
) -> None:
    """None starts a span, a number finishes one of those started."""
    writer = InMemoryWriter()
    tracer = Tracer(writer)
    with tracer.trace("root") as root:
        started: list[Span] = []
        for step in steps:
            if step is None:
                current = tracer.current_span()
                assert current is not None
                span = tracer.trace("span")
                assert span.parent_id == current.span_id
                started.append(span)
            elif started:
                started[step % len(started)].finish()
            current = tracer.current_span()
            assert current is not None
            assert current.duration is None
    assert tracer.current_span() is None
    for span in started:
        span.finish()
    assert tracer.current_span() is None
    assert sorted(span.span_id for span in writer.spans) == sorted(
        span.span_id for span in [root, *started]
    )
