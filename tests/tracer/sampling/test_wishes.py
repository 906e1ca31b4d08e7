"""What the app itself decides, and spans that decide each for itself."""

from __future__ import annotations

from tracer import Context, InMemoryWriter, Tracer
from tracer.encoding import wire_chunk
from tracer.sampling import DROP, WANTED


def test_a_trace_that_the_app_wants_is_kept_from_then_on(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    tracer.configure(sampling=0, service="shop")
    with tracer.trace("root") as root:
        with tracer.trace("before"):
            pass
        tracer.keep()
        assert root.context.priority == WANTED
        with tracer.trace("after") as after, tracer.trace("inner") as inner:
            assert tracer.current_span() is inner
            assert after.is_recording
        assert tracer.current_span() is root
    assert [span.name for span in writer.spans] == ["inner", "after"]
    assert (after.parent_id, inner.parent_id) == (root.span_id, after.span_id)
    assert after.service == "shop"
    assert tracer.current_span() is None


def test_it_stands_for_no_other_trace(tracer: Tracer, writer: InMemoryWriter) -> None:
    tracer.configure(sampling=0.999)
    while not writer.spans:
        with tracer.trace("root") as root:
            tracer.keep()
    assert root.context == Context(root.trace_id, root.span_id, WANTED)
    assert wire_chunk([root])[0].metrics == {"_sampling_priority_v1": WANTED}


def test_a_trace_that_the_app_does_not_want_is_not_sent(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    with tracer.trace("root") as root, tracer.trace("child"):
        tracer.drop()
    assert root.context.priority == DROP
    assert writer.spans == []


def test_outside_of_a_trace_there_is_nothing_to_wish(tracer: Tracer) -> None:
    tracer.keep()
    tracer.drop()


def test_unitary_sampling_lets_each_span_decide(tracer: Tracer, writer: InMemoryWriter) -> None:
    tracer.configure(sampling="unitary:0.3")
    for _ in range(1_000):
        with tracer.trace("root"), tracer.trace("child"):
            pass
    assert abs(len(writer.spans) - 600) < 6 * (2_000 * 0.3 * 0.7) ** 0.5
    assert {span.name for span in writer.spans} == {"root", "child"}
    assert all(span.tags["_dd.span_sampling.rule_rate"] == 0.3 for span in writer.spans)
    assert len({span.trace_id for span in writer.spans}) < len(writer.spans)


def test_unitary_sampling_leaves_the_decision_to_the_services_called(tracer: Tracer) -> None:
    tracer.configure(sampling="unitary:0")
    with tracer.trace("root") as root:
        assert root.context.sampled
    assert root.context.probability is None
