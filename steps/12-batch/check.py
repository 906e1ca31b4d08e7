"""Lesson 12 is done once nothing is asked for in a loop that can be asked for all at once."""

from __future__ import annotations

from tutor.checks import (
    PAIRING,
    Probe,
    Span,
    Trace,
    count,
    expect,
    measure_speedup,
    most_common_resource,
    must_be_faster,
    must_have_default_dials,
    must_taste_all,
    run_baseline,
    same_answers,
)

LESSON = 12
MAX_ALIKE = 4
"""More than this many like spans are a comb."""

MIN_SPEEDUP = 1.4
"""It should be twice as fast, but the machine may be busy."""


def check(app: Probe) -> None:
    """Check that there are no combs, that all of the work is done, and that it is faster."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        same_answers(app)
        trace = app.trace(
            app.get(PAIRING)
        )  # asked for again, so that it shows if something was kept
        must_load_bakers_together(app, trace)
        must_hear_opinions_together(app, trace)
        must_call_once(app, trace)
        must_taste_all(app, trace)
        speedup = measure_speedup(app, before)
    must_be_faster(app, LESSON, speedup, MIN_SPEEDUP, look=app.code.place("best_match"))


def must_load_bakers_together(app: Probe, trace: Trace) -> None:
    """Check that no statement is sent over and over."""
    statements = must_be_seen(app, trace, "sqlalchemy.query", "db")
    resource, count = most_common_resource(statements)
    expect(
        count <= MAX_ALIKE,
        expected="the donuts with their bakers in one statement, or in a few",
        seen=f"the same statement {count} times: {' '.join(resource.split())[:60]} …",
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def must_hear_opinions_together(app: Probe, trace: Trace) -> None:
    """Check that Redis is asked for all opinions at once; and asked each time, as they change."""
    commands = must_be_seen(app, trace, "redis.command", "redis")
    expect(
        len(commands) <= MAX_ALIKE,
        expected="all opinions in one request to Redis, or in a few",
        seen=f"{count(len(commands), 'request')} to Redis",
        look=app.code.place("best_match"),
        trace=trace,
    )
    expect(
        len(commands) >= 2,
        expected="a request to Redis for the bakers' opinions for each pairing, as they change all"
        " day",
        seen=f"{count(len(commands), 'request')} to Redis, which looks for a cached pairing",
        look=app.code.place("best_match"),
        trace=trace,
    )


def must_call_once(app: Probe, trace: Trace) -> None:
    """Check that the taster gets all candidates in one call, within the same trace."""
    served = must_be_seen(app, trace, "flask.request", "taster")
    expect(
        len(served) <= MAX_ALIKE,
        expected="one call to the taster for all candidates (POST /taste), or a few",
        seen=f"{count(len(served), 'call')}",
        look=app.code.place("best_match"),
        trace=trace,
        detail="A kept connection saves the handshakes, but each call is still a round trip.",
    )


def must_be_seen(app: Probe, trace: Trace, name: str, service: str) -> list[Span]:
    """Return the spans with that name and service: the check can't judge what it doesn't see.

    Raises `CheckFailed` if there are none.
    """
    spans = trace.find(name=name, service=service)
    expect(
        spans,
        expected=f"spans `{name}` of the service `{service}`, as after lessons 9 and 10",
        seen=f"none. The trace: {trace.outline()}",
        look=app.code.place("find_pairing"),
        trace=trace,
        detail=app.on_lost_spans("taster" if service == "taster" else "web"),
    )
    return spans
