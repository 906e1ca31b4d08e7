"""Lesson 15 is done once pairings no longer wait for each other, nor for a frozen donut."""

from __future__ import annotations

from itertools import pairwise

from tutor.checks import (
    Overlap,
    Probe,
    Reply,
    Trace,
    count,
    expect,
    measure_burst_speedup,
    measure_overlap,
    must_have_default_dials,
    note_ratio,
    run_baseline,
    same_answers,
)

LESSON = 15
MIN_SPEEDUP = 1.5
"""All the fixes together make it four times as fast, each of them alone 1.1 times."""

BARLEYWINE = "/pair/beer?name=barleywine"
MATCH = {"donut": "cotton candy", "baker": "Flossie Spin", "score": 95.7}
FROZEN = "baked alaska"
MAX_PAIRING_S = 1.5
MIN_PAUSE_MS = 20

CONNECTIONS, WORKERS, TASTES_PER_PAIRING = 3, 2, 12
"""How much could be under way at once before: as many calls as there are connections to hold, as
many answers as the taster's server has workers, and the tastes of a single request."""


def check(app: Probe) -> None:
    """Check that calls, answers and tastes of many pairings overlap, and that a slow donut is left
    out."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        same_answers(app)
        must_do_without(app)
        bursts = measure_burst_speedup(app, before, MIN_SPEEDUP)
        overlaps = [measure_overlap(app, burst) for burst in bursts.now]
        was = measure_overlap(app, bursts.before[-1])
    busiest = max(overlaps, key=lambda overlap: overlap.tastes)
    app.note("at once", busiest.compared_to(was))
    app.note("waited", f"{was.waits()}, with the code of lesson 14")
    app.note("waits", f"{overlaps[-1].waits()}, for each of {len(was.traces)} pairings on average")
    must_not_hold(app, max(overlaps, key=lambda overlap: overlap.calls))
    must_serve(app, max(overlaps, key=lambda overlap: overlap.answers))
    must_not_lock(app, busiest)
    app.note("before", f"{len(was.traces)} pairings in {bursts.before_s * 1000:.0f} ms")
    app.note("now", f"{bursts.now_s * 1000:.0f} ms, the quickest burst of each, in turns")
    note_ratio(app, LESSON, bursts.ratio)
    expect(
        bursts.ratio >= MIN_SPEEDUP,
        expected=f"{len(was.traces)} pairings at once at least {MIN_SPEEDUP} times as fast as with"
        " the code of lesson 14",
        seen=f"{bursts.ratio:.1f} times as fast: {bursts.before_s * 1000:.0f} ms before,"
        f" {bursts.now_s * 1000:.0f} ms now",
        look=app.code.place("best_match"),
        trace=busiest.slowest,
    )


def must_not_hold(app: Probe, overlap: Overlap) -> None:
    """Check that more pairings are at the taster than there are connections to the database."""
    expect(
        overlap.calls > CONNECTIONS,
        expected=f"more than {CONNECTIONS} of {len(overlap.traces)} pairings at the taster at the"
        f" same time: the database has {CONNECTIONS} connections, and no pairing needs one there",
        seen=f"{overlap.calls} at most; look at db.pool.wait in the slowest",
        look=app.code.place("best_match"),
        trace=overlap.slowest,
    )


def must_serve(app: Probe, overlap: Overlap) -> None:
    """Check that the taster's server works on more than two requests at once."""
    expect(
        overlap.answers > WORKERS,
        expected=f"the taster's server to work on more than {WORKERS} requests at the same time",
        seen=f"{overlap.answers} at most; look at the gap before the server's start",
        look=app.code.place("", "taster.py"),
        trace=overlap.slowest,
    )


def must_not_lock(app: Probe, overlap: Overlap) -> None:
    """Check that more is tasted at the same time than a single pairing needs."""
    expect(
        overlap.tastes > TASTES_PER_PAIRING,
        expected=f"more than {TASTES_PER_PAIRING} tastes at the same time, of several pairings",
        seen=f"{overlap.tastes} at most; "
        + (
            "look at palate.wait"
            if overlap.is_locked
            else "is the pool only wide enough for one pairing?"
        ),
        look=app.code.place("taste_many", "taster.py"),
        trace=overlap.slowest,
    )


def must_do_without(app: Probe) -> None:
    """Check that a pairing with the frozen donut ends in time without it, and that attempts are not
    made one right after the other."""
    reply = app.get(BARLEYWINE)
    look = app.code.place("taste")
    trace = app.trace(reply)
    expect(
        reply.json()["match"] == MATCH
        and any(FROZEN in donut for donut in reply.json()["untasted"]),
        expected=f"the same answer to {BARLEYWINE} as always, with {FROZEN!r} among the untasted",
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
        all(pause >= MIN_PAUSE_MS * 1e6 for pause in pauses),
        expected="a pause before each new attempt, at least 50 ms, and longer each time",
        seen=f"{count(len(late), 'attempt')}, with"
        f" {', '.join(f'{pause / 1e6:.0f} ms' for pause in pauses)} between them",
        look=look,
        trace=trace,
    )


def must_end(app: Probe, reply: Reply, trace: Trace, look: str) -> None:
    """Check that the pairing takes no longer than its deadline allows."""
    app.note("deadline", f"a pairing of barleywine in {reply.seconds:.2f} s, without {FROZEN!r}")
    expect(
        trace.root.duration <= MAX_PAIRING_S * 1e9,
        expected=f"a pairing of barleywine within {MAX_PAIRING_S:g} s, whatever a slow donut does",
        seen=f"{trace.root.duration / 1e9:.1f} s",
        look=look,
        trace=trace,
    )
