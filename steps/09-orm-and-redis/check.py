"""Lesson 9 is done once the trace shows the statements and commands that nobody has written."""

from __future__ import annotations

from collections import Counter

from tutor.checks import Probe, Span, Trace, expect, same_answers

STOUT = "/pair/beer?name=stout"
MIN_TEETH = 50
"""How many statements must be alike: there are 60 bakers, and 56 of them are awake."""


def check(app: Probe) -> None:
    """Check that SQL and Redis are in the trace, where they belong, without anybody's data."""
    same_answers(app)
    trace = app.trace(app.get(STOUT))
    statements = must_have(app, trace, "sqlalchemy.query", "sqlalchemy")
    commands = must_have(app, trace, "redis.command", "redis")
    for part in ("beer.query", "donuts.query"):
        must_be_inside(app, trace, part, statements)
    must_be_inside(app, trace, "flask.request", commands)  # how much is in `match` is up to you
    leaking = [span for span in statements if "stout" in f"{span.resource} {tags_of(span)}"]
    expect(
        not leaking,
        expected="statements without their parameters: `WHERE beer.name = ?`",
        seen=f"one that gives the beer away: {', '.join(map(str, leaking[:1]))}",
        look=app.code.place(),
        trace=trace,
    )
    must_be_a_comb(app, trace, statements)
    expect(
        len(commands) >= MIN_TEETH,
        expected=f"at least {MIN_TEETH} commands to Redis, one for each donut",
        seen=f"{len(commands)}. (Is the dial OPINIONS_AT_ONCE on?)",
        look=app.code.place("best_match"),
        trace=trace,
    )


def must_have(app: Probe, trace: Trace, name: str, library: str) -> list[Span]:
    """Return the spans with that name. Raises `CheckFailed` if there are none."""
    spans = trace.find(name)
    expect(
        spans,
        expected=f"spans `{name}`, as patch({library}=True) makes them",
        seen=trace.outline(),
        look=app.code.use("patch"),
        trace=trace,
    )
    return spans


def must_be_inside(app: Probe, trace: Trace, part: str, spans: list[Span]) -> None:
    """Check that at least one of `spans` is below the part."""
    expect(
        any(inner in spans for outer in trace.find(part) for inner in outer.descendants),
        expected=f"`{spans[0].name}` below `{part}`",
        seen=f"none there. The trace: {trace.outline()}",
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def must_be_a_comb(app: Probe, trace: Trace, statements: list[Span]) -> None:
    """Check that the bakers' statements are there, one for each."""
    resource, count = Counter(span.resource for span in statements).most_common(1)[0]
    expect(
        count >= MIN_TEETH,
        expected=f"the comb: the same statement at least {MIN_TEETH} times, once for each baker",
        seen=f"at most {count} alike: {' '.join(resource.split())[:60]} … (Is the dial"
        " BAKERS_JOINED on?)",
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def tags_of(span: Span) -> str:
    """Return the tags of a statement about a beer; "" for the others, which would take too long."""
    return str(span.tags) if "FROM beer" in span.resource else ""
