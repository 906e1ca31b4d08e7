"""Lesson 9 is done once the trace shows the statements and the commands that nobody has written."""

from __future__ import annotations

from collections import Counter

from tutor.checks import Probe, Span, Trace, expect, same_answers

STOUT = "/pair/beer?name=stout"
COMB = 50
"""So many alike there are at least: there are 60 bakers, and 56 of them are awake."""


def check(app: Probe) -> None:
    """SQL and Redis are in the trace, where they belong, with nobody's data in them."""
    same_answers(app)
    trace = app.trace(app.get(STOUT))
    statements = must_have(app, trace, "sqlalchemy.query", "sqlalchemy")
    commands = must_have(app, trace, "redis.command", "redis")
    for part in ("beer.query", "donuts.query"):
        must_be_inside(app, trace, part, statements)
    must_be_inside(app, trace, "match", commands)
    telling = [span for span in statements if "stout" in f"{span.resource} {tags_of(span)}"]
    expect(
        not telling,
        expected="statements without their parameters: `WHERE beer.name = ?`",
        seen=f"one that tells which beer it was: {telling[:1]}",
        look=app.code.place(),
        trace=trace,
    )
    must_be_a_comb(app, trace, statements)


def must_have(app: Probe, trace: Trace, name: str, library: str) -> list[Span]:
    """The spans of that name, at least one."""
    found = trace.find(name)
    expect(
        found,
        expected=f"spans `{name}`, as patch({library}=True) makes them",
        seen=trace.outline(),
        look=app.code.place(),
        trace=trace,
    )
    return found


def must_be_inside(app: Probe, trace: Trace, part: str, spans: list[Span]) -> None:
    """One of `spans` at least is below the part."""
    expect(
        any(inner in spans for outer in trace.find(part) for inner in outer.descendants),
        expected=f"`{spans[0].name}` below `{part}`",
        seen=f"none there. The trace: {trace.outline()}",
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def must_be_a_comb(app: Probe, trace: Trace, statements: list[Span]) -> None:
    """The bakers' statements are there, one for each."""
    resource, count = Counter(span.resource for span in statements).most_common(1)[0]
    expect(
        count >= COMB,
        expected=f"the comb: at least {COMB} times the same statement, one for each baker",
        seen=f"at most {count} alike: {' '.join(resource.split())[:60]} … (Is the dial"
        " BAKERS_JOINED on?)",
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def tags_of(span: Span) -> str:
    """A beer's statement's tags; the many others' would take long to fetch."""
    return str(span.tags) if "FROM beer" in span.resource else ""
