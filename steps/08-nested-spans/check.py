"""Lesson 8 is done once the parts of a pairing are spans below their request's span."""

from __future__ import annotations

from itertools import pairwise

from tutor.checks import PAIRING, UNKNOWN_BEER, Probe, Span, Trace, expect, same_answers

PARTS = {"beer.query": "db", "donuts.query": "db", "match": "web"}
"""The spans, in order, and their services."""

CLOCK_NS = 100_000
"""How far a child may seem to lie outside of its parent: their times are rounded apart."""


def check(app: Probe) -> None:
    """Three spans, side by side, all of them children of the request's; fewer if it ends early."""
    same_answers(app)
    pairing, unknown = app.get(PAIRING), app.get(UNKNOWN_BEER, status=404)
    trace = app.trace(pairing)
    parts = [must_be_below_the_request(app, trace, name) for name in PARTS]
    for before, after in pairwise(parts):
        expect(
            before.end <= after.start + CLOCK_NS,
            expected=f"that `{before.name}` ends before `{after.name}` begins",
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


def must_be_below_the_request(app: Probe, trace: Trace, name: str) -> Span:
    """The span of a part: a child of `flask.request`, of the right service, within its time."""
    look = app.code.place("find_pairing")
    found = trace.find(name)
    expect(
        len(found) == 1,
        expected=f"one span `{name}` in the trace of a pairing",
        seen=trace.outline(),
        look=look,
        trace=trace,
        detail="A span is sent when it is finished: is it used in a `with`?" if not found else "",
    )
    span = found[0]
    parent = span.parent
    expect(
        parent and parent.name == "flask.request",
        expected=f"that `{name}` is a child of `flask.request`",
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
        expected=f"that `{name}` is of the service `{PARTS[name]}`"
        + (" (it inherits that if you name none)" if name == "match" else ""),
        seen=span.service,
        look=look,
        trace=trace,
    )
    expect(
        parent.start - CLOCK_NS <= span.start and span.end <= parent.end + CLOCK_NS,
        expected=f"that `{name}` begins and ends within `flask.request`",
        seen=f"it ends {(span.end - parent.end) / 1e6:.1f} ms later",
        look=look,
        trace=trace,
    )
    return span
