"""Deferred work: its parent is what sets it off, its submitters are those who asked for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import Context, InMemoryWriter, Link, Tracer
from tracer.encoding import wire_chunk
from tracer.propagation import w3c
from tracer.span import LINKS_LEFT_OUT, MAX_LINKS

FILLED = Context(2**100 + 1, 7)
RELATION = {"relation": "submitter"}


def test_the_parent_is_the_trigger_and_the_link_the_submitter(tracer: Tracer) -> None:
    with (
        tracer.trace("request 2") as trigger,
        tracer.trace("cache.evict", submitter=FILLED) as evict,
    ):
        pass
    assert (evict.trace_id, evict.parent_id) == (trigger.trace_id, trigger.span_id)
    assert evict.links == [Link(FILLED, RELATION)]
    assert trigger.links is None


def test_a_batch_has_many_submitters_and_may_have_no_trigger(tracer: Tracer) -> None:
    submitters = [Context(number, number) for number in (1, 2, 3)]
    with tracer.trace("orders.write", submitter=[submitters[0], None, *submitters[1:]]) as batch:
        pass
    assert batch.parent_id == 0
    assert batch.links == [Link(context, RELATION) for context in submitters]


def test_beyond_the_limit_submitters_are_counted(tracer: Tracer, writer: InMemoryWriter) -> None:
    many = tuple(Context(number, 1) for number in range(1, MAX_LINKS + 4))
    with tracer.trace("batch", submitter=many) as batch:
        pass
    assert batch.links is not None
    assert len(batch.links) == MAX_LINKS
    assert wire_chunk(writer.spans)[0].metrics[LINKS_LEFT_OUT] == 3


@pytest.mark.parametrize("share", [0, 1])
def test_a_span_that_is_not_recorded_takes_submitters_too(share: int) -> None:
    writer = InMemoryWriter()
    tracer = Tracer(writer)
    tracer.configure(sampling=share)
    with tracer.trace("root", submitter=FILLED) as root, tracer.trace("inner", submitter=[FILLED]):
        root.add_link(FILLED, {"relation": "retry"})
        root.add_submitters(FILLED)
    assert len(writer.spans) == 2 * share


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.integers(0, 1))
def test_a_context_can_be_kept_as_text(trace_id: int, span_id: int, priority: int) -> None:
    context = Context(trace_id, span_id, priority)
    assert Context.from_traceparent(context.traceparent) == context


@given(st.text() | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-x)?\n?"))
def test_whatever_text_was_kept_is_read_as_a_header_would_be(text: str) -> None:
    context = Context.from_traceparent(text)
    if context is not None:
        assert w3c.extract({"traceparent": text}) == context
        assert context.trace_id
        assert context.span_id


@pytest.mark.parametrize("text", [None, 7, b"", "", f"00-{0:032x}-{1:016x}-01"])
def test_what_is_no_context_is_none(text: object) -> None:
    assert Context.from_traceparent(text) is None
