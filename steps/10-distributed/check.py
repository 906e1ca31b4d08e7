"""Lesson 10 is done once a pairing is one trace over both services."""

from __future__ import annotations

import secrets
from collections import Counter

from tutor.checks import PAIRING, Probe, Span, Trace, expect, same_answers

TASTES = 12
"""How many donuts are tasted for one pairing."""


def check(app: Probe) -> None:
    """Each call to the taster is a client span with the taster's server span below it."""
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
        expected=f"that a request with a traceparent of trace {started} goes on in that trace",
        seen=f"it made the trace {continued.trace_id}",
        look=app.code.place(),
    )


def must_have_both_services(app: Probe, trace: Trace) -> list[Span]:
    """The taster's server spans, in the same trace as web's, which is whole."""
    tastes = trace.find("flask.request", service="taster")
    look = app.code.place("/taste", "taster.py")
    expect(
        tastes,
        expected="spans `flask.request` of the service `taster` in the trace that web began",
        seen=trace.outline(),
        look=look,
        trace=trace,
        detail="Is the context sent (web) and read (taster)? Is the taster's service named so?",
    )
    expect(
        len(tastes) >= TASTES,
        expected=f"{TASTES} of the taster's spans, one for each donut that it tastes",
        seen=f"{len(tastes)}",
        look=app.code.place("taste"),
        trace=trace,
    )
    expect(
        len(trace.roots) == 1,
        expected="one root: everything is a child of web's `flask.request`",
        seen=f"{len(trace.roots)} roots: {', '.join(map(str, trace.roots[:3]))}",
        look=look,
        trace=trace,
    )
    return tastes


def must_be_called_one_by_one(app: Probe, trace: Trace, tastes: list[Span]) -> None:
    """Each server span has a client span of its own as its parent, and web made that."""
    look = app.code.place("taste")
    for span in tastes:
        expect(
            span.parent and span.parent.service == "web",
            expected="that the parent of each of the taster's `flask.request` is a span of web",
            seen=f"it is {span.parent}",
            look=look,
            trace=trace,
        )
    parents = Counter(span.parent for span in tastes)
    shared, count = parents.most_common(1)[0]
    expect(
        count == 1,
        expected="a client span in web for each call, as patch(requests=True) makes it",
        seen=f"{count} of the taster's spans are children of one and the same: {shared}",
        look=look,
        trace=trace,
    )


def must_show_the_work(app: Probe, trace: Trace, tastes: list[Span]) -> None:
    """Below the server span is the wait for the palate, and the tasting."""
    for name in ("palate.wait", "palate.taste"):
        lacking = [
            span for span in tastes if not any(each.name == name for each in span.descendants)
        ]
        expect(
            not lacking,
            expected=f"a span `{name}` below each of the taster's `flask.request`",
            seen=f"{len(lacking)} of {len(tastes)} have none",
            look=app.code.place("taste", "taster.py"),
            trace=trace,
        )
