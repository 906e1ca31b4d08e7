"""Lesson 12 is done once nobody asks in a loop for what can be asked for at once."""

from __future__ import annotations

from tutor.checks import (
    PAIRING,
    Probe,
    Span,
    Trace,
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
FEW = 4
"""So many alike are no comb."""

FASTER = 1.4
"""Twice as fast is what it should be; a machine may be busy."""


def check(app: Probe) -> None:
    """No comb of statements, of commands or of calls; all of the work; and faster."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        same_answers(app)
        trace = app.trace(app.get(PAIRING))  # not the first time: nothing may be kept
        must_load_bakers_together(app, trace)
        must_hear_opinions_together(app, trace)
        must_call_once(app, trace)
        must_taste_all(app, trace)
        speedup = measure_speedup(app, before)
    must_be_faster(app, LESSON, speedup, FASTER, look=app.code.place("best_match"))


def must_load_bakers_together(app: Probe, trace: Trace) -> None:
    """No statement is sent over and over."""
    statements = must_be_seen(app, trace, "sqlalchemy.query", "db")
    resource, count = most_common_resource(statements)
    expect(
        count <= FEW,
        expected="the donuts with their bakers in one statement, or in a few",
        seen=f"{count} times the same: {' '.join(resource.split())[:60]} …",
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def must_hear_opinions_together(app: Probe, trace: Trace) -> None:
    """Redis is asked for all opinions at once. And it is asked: an opinion may have changed."""
    commands = must_be_seen(app, trace, "redis.command", "redis")
    expect(
        len(commands) <= FEW,
        expected="all opinions in one request to Redis, or in a few",
        seen=f"{len(commands)} requests to Redis",
        look=app.code.place("best_match"),
        trace=trace,
    )
    expect(
        len(commands) >= 2,
        expected="that Redis is asked for the bakers' opinions for each pairing: they change all"
        " day",
        seen=f"{len(commands)} request to Redis, which looks for a kept pairing",
        look=app.code.place("best_match"),
        trace=trace,
    )


def must_call_once(app: Probe, trace: Trace) -> None:
    """The taster has all candidates in one call, within the same trace."""
    served = must_be_seen(app, trace, "flask.request", "taster")
    expect(
        len(served) <= FEW,
        expected="one call to the taster for all candidates (POST /taste), or a few",
        seen=f"{len(served)} calls",
        look=app.code.place("best_match"),
        trace=trace,
        detail="A kept connection saves the handshakes, but each call still goes there and back.",
    )


def must_be_seen(app: Probe, trace: Trace, name: str, service: str) -> list[Span]:
    """The spans of that name and service: what nobody sees can't be judged."""
    found = trace.find(name=name, service=service)
    expect(
        found,
        expected=f"spans `{name}` of the service `{service}`, as since lessons 9 and 10",
        seen=f"none. The trace: {trace.outline()}",
        look=app.code.place("find_pairing"),
        trace=trace,
    )
    return found
