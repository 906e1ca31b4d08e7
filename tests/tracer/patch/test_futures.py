"""Thread pools: work done for a trace belongs to it, and no other work does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tracer import Span, patch, tracer, unpatch


def work(n: int = 0) -> int:
    with tracer.trace("work") as span:
        return span.parent_id


@pytest.fixture(autouse=True)
def _patched(spans: list[Span]) -> None:
    patch(futures=True)


def test_work_submitted_to_a_pool_belongs_to_the_callers_span() -> None:
    with ThreadPoolExecutor(4) as pool, tracer.trace("root") as root:
        assert pool.submit(work).result() == root.span_id
        assert set(pool.map(work, range(20))) == {root.span_id}


def test_a_thread_carries_nothing_over_to_its_next_work() -> None:
    with ThreadPoolExecutor(1) as pool:
        with tracer.trace("root") as root:
            assert pool.submit(work).result() == root.span_id
            pool.submit(lambda: tracer.trace("forgotten")).result()
        assert pool.submit(work).result() == 0
        assert pool.submit(tracer.current_span).result() is None


def test_arguments_results_and_errors_go_through() -> None:
    def divide(a: int, *, b: int) -> float:
        return a / b

    with ThreadPoolExecutor(1) as pool, tracer.trace("root"):
        assert pool.submit(divide, 6, b=3).result() == 2
        with pytest.raises(ZeroDivisionError):
            pool.submit(divide, 6, b=0).result()
        with pytest.raises(TypeError):
            pool.submit()  # type: ignore[call-arg]
        assert pool.submit(lambda **given: given, work=1, pool=2, current=3).result() == {
            "work": 1,
            "pool": 2,
            "current": 3,
        }


def test_work_that_outlives_the_root_is_still_sent(spans: list[Span]) -> None:
    with ThreadPoolExecutor(1) as pool:
        with tracer.trace("root") as root:
            future = pool.submit(lambda: [tracer.trace("late").finish() for _ in range(3)])
        future.result()
    assert [span.name for span in spans].count("late") == 3
    assert {span.trace_id for span in spans} == {root.trace_id}


def test_unpatch_restores_the_library() -> None:
    patch(futures=True)
    unpatch()
    with ThreadPoolExecutor(1) as pool, tracer.trace("root"):
        assert pool.submit(work).result() == 0
