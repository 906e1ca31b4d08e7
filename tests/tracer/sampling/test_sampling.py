"""Head sampling: a share of all traces, the same ones everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import Context, InMemoryWriter, Tracer, ids
from tracer.encoding import wire_chunk
from tracer.sampling import KEEP, REJECT, RateSampler

TRACE_IDS = st.integers(1, 2**128 - 1)


@given(TRACE_IDS)
def test_everything_and_nothing(trace_id: int) -> None:
    assert RateSampler(1).priority(trace_id) == KEEP
    assert RateSampler(0).priority(trace_id) == REJECT


@given(TRACE_IDS, st.floats(0, 1), st.floats(0, 1))
def test_what_a_low_rate_keeps_a_higher_one_keeps_too(trace_id: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert RateSampler(low).priority(trace_id) <= RateSampler(high).priority(trace_id)


@given(TRACE_IDS, st.floats(0, 1))
def test_only_the_low_half_of_the_id_decides(trace_id: int, rate: float) -> None:
    # So a service whose tracer only knows 64 bits decides alike.
    sampler = RateSampler(rate)
    assert sampler.priority(trace_id) == sampler.priority(trace_id % 2**64)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_the_share_is_right(rate: float) -> None:
    sampler = RateSampler(rate)
    n = 100_000
    kept = sum(sampler.priority(ids.trace_id()) for _ in range(n))
    assert abs(kept - n * rate) < 6 * (n * rate * (1 - rate)) ** 0.5


def test_the_share_is_right_even_for_consecutive_ids() -> None:
    sampler = RateSampler(0.1)
    assert 900 < sum(sampler.priority(number) for number in range(1, 10_001)) < 1100


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_between_0_and_1(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        RateSampler(rate)


def test_an_unsampled_trace_records_nothing_and_says_so(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    tracer.configure(sampling=0)
    with tracer.trace("root", tags={"a": 1}) as root:
        root.set_tag("b", 2)
        with tracer.trace("child") as child, tracer.trace("grandchild") as grandchild:
            assert not root.is_recording
            assert not child.is_recording
            child.set_tag("c", 3)
            child.set_tags({"d": 4})
            child.add_event("e")
            child.add_link(root.context)
            child.set_error(ValueError())
            assert grandchild.trace_id == root.trace_id
            assert child.context == root.context
            assert tracer.current_span() is root
            assert tracer.current_context() == Context(
                root.trace_id, root.span_id, REJECT, probability=0
            )
        child.finish()
        assert tracer.current_span() is root
    assert tracer.current_span() is None
    assert writer.spans == []
    assert root.tags == child.tags == {}
    assert not root.context.sampled


def test_an_error_in_an_unsampled_trace_goes_on(tracer: Tracer) -> None:
    tracer.configure(sampling=0)
    with pytest.raises(KeyError), tracer.trace("root"), tracer.trace("child"):
        raise KeyError
    assert tracer.current_span() is None


@pytest.mark.parametrize(("priority", "kept"), [(2, 2), (1, 2), (0, 0), (-1, 0)])
def test_a_decision_made_upstream_holds(
    priority: int, kept: int, tracer: Tracer, writer: InMemoryWriter
) -> None:
    tracer.configure(sampling=0 if kept else 1)
    with tracer.activate(Context(5, 6, priority)), tracer.trace("a") as a, tracer.trace("b"):
        assert a.context.priority == priority
    assert len(writer.spans) == kept


def test_the_probability_is_sent_by_the_service_that_decided(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    tracer.configure(sampling=0.5)
    while not writer.spans:
        with tracer.trace("root"), tracer.trace("child"):
            pass
    root, child = wire_chunk(writer.spans)
    assert root.metrics == {"_sampling_priority_v1": KEEP, "_dd.rule_psr": 0.5}
    assert child.metrics == {}
    writer.spans.clear()
    with tracer.activate(Context(5, 6, KEEP)), tracer.trace("root"):
        pass
    assert wire_chunk(writer.spans)[0].metrics == {"_sampling_priority_v1": KEEP}


def test_a_context_nobody_decided_about_is_decided_here(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    tracer.configure(sampling=0)
    with tracer.activate(Context(5, 6, None)), tracer.trace("root") as root:
        assert root.context.priority == REJECT
    assert writer.spans == []
