"""Threads: their work belongs to the span in which they were started, where that is asked for."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Thread, Timer

import pytest

from tracer import HttpWriter, Span, patch, tracer, unpatch


class Worker(Thread):
    """A thread with a `run` of its own."""

    parent_id: int | None = None

    def run(self) -> None:
        with tracer.trace("work") as span:
            self.parent_id = span.parent_id


@pytest.fixture(autouse=True)
def _patched(spans: list[Span]) -> None:
    patch(threads=True)


def test_a_threads_work_belongs_to_the_span_that_started_it() -> None:
    found: list[int] = []

    def work() -> None:
        with tracer.trace("work") as span:
            found.append(span.parent_id)

    worker = Worker()
    with tracer.trace("root") as root:
        threads = [Thread(target=work), Timer(0, work), worker]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert [*found, worker.parent_id] == [root.span_id] * 3


def test_outside_of_a_trace_a_thread_begins_its_own() -> None:
    worker = Worker()
    worker.start()
    worker.join()
    assert worker.parent_id == 0


def test_threads_that_serve_everybody_belong_to_nobody() -> None:
    writer = HttpWriter("http://127.0.0.1:9")
    with ThreadPoolExecutor(1) as pool:
        with tracer.trace("root"):
            pool.submit(int).result()
            writer.flush(0)
            writer.put([])
        assert pool.submit(tracer.current_span).result() is None
    assert writer._thread is not None
    assert "run" not in vars(writer._thread)
    writer.close()


def test_a_finished_thread_is_freed_at_once() -> None:
    gc.disable()
    try:
        worker = Worker()
        with tracer.trace("root"):
            worker.start()
        worker.join()
        trace_of_it = weakref.ref(worker)
        del worker
        assert trace_of_it() is None
    finally:
        gc.enable()


def test_unpatch_restores_the_library() -> None:
    unpatch()
    worker = Worker()
    with tracer.trace("root"):
        worker.start()
    worker.join()
    assert worker.parent_id == 0
