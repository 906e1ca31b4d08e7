"""Lesson 15 is done once pairings no longer wait for each other, nor for a donut that is frozen."""

from __future__ import annotations

from itertools import pairwise

from tutor.checks import (
    Overlap,
    Probe,
    Reply,
    Trace,
    expect,
    measure_burst_speedup,
    measure_overlap,
    must_have_default_dials,
    note_ratio,
    run_baseline,
    same_answers,
)

LESSON = 15
FASTER = 1.5
"""Four times as fast is what all the cures give together, 1.1 times what each gives alone."""

BARLEYWINE = "/pair/beer?name=barleywine"
MATCH = {"donut": "cotton candy", "baker": "Flossie Spin", "score": 95.7}
FROZEN = "baked alaska"
LONGEST_S = 1.5
PAUSE_MS = 20

CONNECTIONS, WORKERS, WIDTH = 3, 2, 12
"""How many could be under way at once before: as many calls as there are connections to hold, as
many answers as the taster's server has workers, and the tastes of a single request."""


def check(app: Probe) -> None:
    """Calls, answers and tastes of many pairings overlap, and a slow donut is done without."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        same_answers(app)
        must_do_without(app)
        bursts = measure_burst_speedup(app, before, FASTER)
        crowds = [measure_overlap(app, burst) for burst in bursts.now]
        was = measure_overlap(app, bursts.before[-1])
    busiest = max(crowds, key=lambda crowd: crowd.tastes)
    app.note("at once", busiest.beside(was))
    app.note("waited", f"{was.waits()}, with the code of lesson 14")
    app.note("waits", f"{crowds[-1].waits()}, each of {len(was.traces)} pairings on the average")
    must_not_hold(app, max(crowds, key=lambda crowd: crowd.calls))
    must_serve(app, max(crowds, key=lambda crowd: crowd.answers))
    must_not_lock(app, busiest)
    app.note("before", f"{len(was.traces)} pairings in {bursts.before_s * 1000:.0f} ms")
    app.note("now", f"{bursts.now_s * 1000:.0f} ms, the quickest burst of each, in turns")
    note_ratio(app, LESSON, bursts.ratio)
    expect(
        bursts.ratio >= FASTER,
        expected=f"{len(was.traces)} pairings at once in a time at least {FASTER} times as short as"
        " with the code of lesson 14",
        seen=f"{bursts.ratio:.1f} times: {bursts.before_s * 1000:.0f} ms before,"
        f" {bursts.now_s * 1000:.0f} ms now",
        look=app.code.place("best_match"),
        trace=busiest.slowest,
    )


def must_not_hold(app: Probe, crowd: Overlap) -> None:
    """More pairings are at the taster than there are connections to the database."""
    expect(
        crowd.calls > CONNECTIONS,
        expected=f"more than {CONNECTIONS} of {len(crowd.traces)} pairings at the taster at the"
        f" same time: the database has {CONNECTIONS} connections, and nobody needs one there",
        seen=f"{crowd.calls} at most; look at db.pool.wait in the slowest",
        look=app.code.place("best_match"),
        trace=crowd.slowest,
    )


def must_serve(app: Probe, crowd: Overlap) -> None:
    """The taster's server takes on more than two requests."""
    expect(
        crowd.answers > WORKERS,
        expected=f"more than {WORKERS} requests that the taster's server answers at the same time",
        seen=f"{crowd.answers} at most; look at the gap before the server's start",
        look=app.code.place("", "taster.py"),
        trace=crowd.slowest,
    )


def must_not_lock(app: Probe, crowd: Overlap) -> None:
    """More is tasted at the same time than what a single pairing needs."""
    expect(
        crowd.tastes > WIDTH,
        expected=f"more than {WIDTH} tastes at the same time: those of several pairings",
        seen=f"{crowd.tastes} at most; "
        + (
            "look at palate.wait"
            if crowd.is_locked
            else "is the pool only wide enough for one pairing?"
        ),
        look=app.code.place("taste_many", "taster.py"),
        trace=crowd.slowest,
    )


def must_do_without(app: Probe) -> None:
    """A pairing with the frozen donut ends in time, without it, and nobody knocks in a row."""
    reply = app.get(BARLEYWINE)
    look = app.code.place("taste")
    trace = app.trace(reply)
    expect(
        reply.json()["match"] == MATCH and any(FROZEN in each for each in reply.json()["untasted"]),
        expected=f"the answer to {BARLEYWINE} as ever, with {FROZEN!r} among the untasted",
        seen=reply.text.strip(),
        look=look,
        trace=trace,
    )
    must_end(app, reply, trace, look)
    late = sorted(
        (span for span in trace.find("requests.request") if span.error), key=lambda span: span.start
    )
    pauses = [two.start - one.end for one, two in pairwise(late)]
    expect(
        all(pause >= PAUSE_MS * 1e6 for pause in pauses),
        expected="a pause before each new attempt, at least 50 ms, and longer each time",
        seen=f"{len(late)} attempts, with {', '.join(f'{each / 1e6:.0f} ms' for each in pauses)}"
        " between them",
        look=look,
        trace=trace,
    )


def must_end(app: Probe, reply: Reply, trace: Trace, look: str) -> None:
    """The pairing takes no longer than its deadline allows."""
    app.note("deadline", f"a pairing of barleywine in {reply.seconds:.2f} s, without {FROZEN!r}")
    expect(
        trace.root.duration <= LONGEST_S * 1e9,
        expected=f"a pairing of barleywine within {LONGEST_S:g} s: one slow donut must not keep it",
        seen=f"{trace.root.duration / 1e9:.1f} s",
        look=look,
        trace=trace,
    )
