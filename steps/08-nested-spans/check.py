"""Lesson 8 is done once the parts of a pairing are spans below their request's span."""

from __future__ import annotations

from itertools import pairwise

from tutor.checks import PAIRING, UNKNOWN_BEER, Probe, Span, Trace, expect, same_answers

PARTS = {"beer.query": "db", "donuts.query": "db", "match": "web"}
"""The spans, in order, and their services."""

TOLERANCE_NS = 100_000
"""How far a child may seem to be outside its parent: their times are rounded separately."""


def check(app: Probe) -> None:
    """Check for three spans, one after the other, each a child of the request's; fewer if it ends
    early."""
    same_answers(app)
    pairing, unknown = app.get(PAIRING), app.get(UNKNOWN_BEER, status=404)
    trace = app.trace(pairing)
    parts = [must_be_below_the_request(app, trace, name) for name in PARTS]
    for before, after in pairwise(parts):
        expect(
            before.end <= after.start + TOLERANCE_NS,
            expected=f"`{before.name}` to end before `{after.name}` begins",
            seen="they overlap",
            look=app.code.place("find_pairing"),
            trace=trace,
        )
    trace = app.trace(unknown)
    late = [name for name in ("donuts.query", "match") if trace.find(name)]
    expect(
        trace.find("beer.query") and not late,
        expected="only `beer.query` in the trace of an unknown beer: there is nothing to match",
        seen=trace.outline(),
        look=app.code.place("find_pairing"),
        trace=trace,
    )
    failed = [span.name for span in trace if span.error]
    expect(
        not failed,
        expected="no error in the trace of an unknown beer: the query did its work",
        seen=f"`{'`, `'.join(failed)}` failed",
        look=app.code.place("find_pairing"),
        trace=trace,
        detail="An exception that leaves a block makes its span an error. Raise it afterwards.",
    )


def must_be_below_the_request(app: Probe, trace: Trace, name: str) -> Span:
    """Check that the span of a part is a child of `flask.request`, of the right service, and within
    its time. Returns the span."""
    look = app.code.place("find_pairing")
    spans = trace.find(name)
    expect(
        len(spans) == 1,
        expected=f"one span `{name}` in the trace of a pairing",
        seen=trace.outline(),
        look=look,
        trace=trace,
        detail="A span is sent when it is finished: is it used in a `with`?" if not spans else "",
    )
    span = spans[0]
    parent = span.parent
    expect(
        parent and parent.name == "flask.request",
        expected=f"`{name}` to be a child of `flask.request`",
        seen=f"its parent is {parent}" if parent else "it has no parent",
        look=look,
        trace=trace,
        detail="A span stays the current one until it is finished: is it used in a `with`?"
        if parent and parent.name in PARTS
        else "",
    )
    assert parent  # noqa: S101
    expect(
        span.service == PARTS[name],
        expected=f"`{name}` to be of the service `{PARTS[name]}`"
        + (" (it inherits that unless you name one)" if name == "match" else ""),
        seen=span.service,
        look=look,
        trace=trace,
    )
    expect(
        parent.start - TOLERANCE_NS <= span.start and span.end <= parent.end + TOLERANCE_NS,
        expected=f"`{name}` to begin and end within `flask.request`",
        seen=f"it ends {(span.end - parent.end) / 1e6:.1f} ms later",
        look=look,
        trace=trace,
    )
    return span
