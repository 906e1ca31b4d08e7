"""Lesson 10 is done once a pairing is one trace across both services."""

from __future__ import annotations

import secrets
from collections import Counter

from tutor.checks import PAIRING, Probe, Span, Trace, expect, same_answers

TASTES_PER_PAIRING = 12
"""How many donuts are tasted for one pairing."""


def check(app: Probe) -> None:
    """Check that each call to the taster is a client span above the taster's server span."""
    same_answers(app)
    started = secrets.token_hex(16)
    header = f"00-{started}-{secrets.token_hex(8)}-01"
    pairing, continued = app.get(PAIRING), app.get(PAIRING, headers={"traceparent": header})
    trace = app.trace(pairing)
    tastes = must_have_both_services(app, trace)
    must_be_called_one_by_one(app, trace, tastes)
    must_show_the_work(app, trace, tastes)
    expect(
        continued.trace_id == started,
        expected=f"a request with a traceparent of trace {started} to go on in that trace",
        seen=f"it began the trace {continued.trace_id}",
        look=app.code.place(),
    )


def must_have_both_services(app: Probe, trace: Trace) -> list[Span]:
    """Check that the taster's server spans are in the trace that web began, and that it is whole.

    Returns those spans.
    """
    tastes = trace.find("flask.request", service="taster")
    look = app.code.place("/taste", "taster.py")
    lost = "" if tastes else app.on_lost_spans("taster")
    expect(
        tastes,
        expected="spans `flask.request` of the service `taster` in the trace that web began",
        seen=trace.outline(),
        look=app.code.use("configure", "taster.py") if lost else look,
        trace=trace,
        detail=lost
        or "Does web send the context, does the taster read it, and does it name its service?",
    )
    expect(
        len(tastes) >= TASTES_PER_PAIRING,
        expected=f"{TASTES_PER_PAIRING} of the taster's spans, one for each donut that it tastes",
        seen=f"{len(tastes)}",
        look=app.code.place("taste"),
        trace=trace,
    )
    expect(
        len(trace.roots) == 1,
        expected="one root, web's `flask.request`, and everything else below it",
        seen=f"{len(trace.roots)} roots: {', '.join(map(str, trace.roots[:3]))}",
        look=look,
        trace=trace,
    )
    return tastes


def must_be_called_one_by_one(app: Probe, trace: Trace, tastes: list[Span]) -> None:
    """Check that the parent of each server span is a client span of its own, made by web."""
    look = app.code.place("taste")
    for span in tastes:
        expect(
            span.parent and span.parent.service == "web",
            expected="the parent of each of the taster's `flask.request` spans to be a span of web",
            seen=f"a parent that is {span.parent}" if span.parent else "one without a parent",
            look=look,
            trace=trace,
        )
    parents = Counter(span.parent for span in tastes)
    shared, count = parents.most_common(1)[0]
    expect(
        count == 1,
        expected="a client span in web for each call, as patch(requests=True) makes it",
        seen=f"{count} of the taster's spans have the same parent: {shared}",
        look=look,
        trace=trace,
    )


def must_show_the_work(app: Probe, trace: Trace, tastes: list[Span]) -> None:
    """Check that the wait for the palate and the tasting are below each server span."""
    for name in ("palate.wait", "palate.taste"):
        lacking = [
            span for span in tastes if not any(inner.name == name for inner in span.descendants)
        ]
        expect(
            not lacking,
            expected=f"a span `{name}` below each of the taster's `flask.request` spans",
            seen=f"{len(lacking)} of {len(tastes)} have none",
            look=app.code.place("taste", "taster.py"),
            trace=trace,
        )
