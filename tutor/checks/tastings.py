"""Whether all the work of a pairing is still done, however cleverly it is asked for."""

from __future__ import annotations

from tutor.checks.probe import Probe
from tutor.checks.stored_trace import Span, Trace
from tutor.failure import expect

TASTES = 12
"""How many donuts are tasted for one pairing."""

SHORTEST_NS = 20_000_000
"""One taste takes 25 ms, give or take a tenth."""


def must_taste_all(app: Probe, trace: Trace, detail: str = "") -> list[Span]:
    """The spans of the tastes in the trace of a pairing. Raises `CheckFailed` if a candidate was
    left out, kept from an earlier request, or bitten in a hurry; `detail` is help if there is none.
    """
    tastes = trace.find(name="palate.taste", service="taster")
    look = app.code.place("taste_many", "taster.py")
    expect(
        len(tastes) >= TASTES,
        expected=f"{TASTES} spans `palate.taste` of the service `taster` in the trace of each"
        " pairing, one for each candidate",
        seen=f"{len(tastes)}. The trace: {trace.outline()}",
        look=look,
        trace=trace,
        detail="" if tastes else detail,
    )
    shortest = min(taste.duration for taste in tastes)
    expect(
        shortest >= SHORTEST_NS,
        expected="that each taste takes the time that a taste takes, about 25 ms",
        seen=f"one of {shortest / 1e6:.1f} ms",
        look=app.code.place("taste", "taster.py"),
        trace=trace,
    )
    return tastes
