"""Whether all the work of a pairing is still done, however cleverly it is asked for."""

from __future__ import annotations

from tutor.checks.probe import Probe
from tutor.checks.stored_trace import Span, Trace
from tutor.failure import expect

TASTES_PER_PAIRING = 12
"""How many donuts are tasted for one pairing."""

MIN_TASTE_NS = 20_000_000
"""The shortest credible taste: one takes 25 ms, give or take a tenth."""


def must_taste_all(app: Probe, trace: Trace, detail: str = "") -> list[Span]:
    """Return the spans of the tastes in the trace of a pairing. `detail` is help if there is none.

    Raises `CheckFailed` if a candidate was left out, kept from an earlier request, or bitten in a
    hurry.
    """
    tastes = trace.find(name="palate.taste", service="taster")
    look = app.code.place("taste_many", "taster.py")
    expect(
        len(tastes) >= TASTES_PER_PAIRING,
        expected=f"{TASTES_PER_PAIRING} spans `palate.taste` of the service `taster` in the trace"
        " of each pairing, one for each candidate",
        seen=f"{len(tastes)}. The trace: {trace.outline()}",
        look=look,
        trace=trace,
        detail="" if tastes else app.on_lost_spans("taster") or detail,
    )
    shortest_ns = min(taste.duration for taste in tastes)
    expect(
        shortest_ns >= MIN_TASTE_NS,
        expected="each taste to take as long as a taste takes, about 25 ms",
        seen=f"one that took {shortest_ns / 1e6:.1f} ms",
        look=app.code.place("taste", "taster.py"),
        trace=trace,
    )
    return tastes
