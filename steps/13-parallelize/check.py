"""Lesson 13 is done once the candidates are tasted at the same time, within the same trace."""

from __future__ import annotations

from tutor.checks import (
    PAIRING,
    Probe,
    expect,
    max_concurrent,
    measure_speedup,
    must_be_faster,
    must_have_default_dials,
    must_taste_all,
    run_baseline,
    same_answers,
)

LESSON = 13
MIN_AT_ONCE = 4
"""How many of the twelve tastes must overlap: then there are three rounds in place of twelve."""

MIN_SPEEDUP = 2.0
"""Twelve at once make it six times as fast, four at once three times."""

DONUTS = ["glazed", "jelly", "maple", "olive oil", "salted pretzel", "orange blossom"]
"""Enough of them that some are tasted at the same time, however busy the machine is: what goes
wrong only then is the taster's mistake, before it becomes web's."""

LOST_CONTEXT = (
    "They were tasted, but begin traces of their own: search for name:palate.taste. A thread of a"
    " pool does not know which request it is working for, unless you tell it."
)


def check(app: Probe) -> None:
    """Check that the tastes overlap within the trace of their pairing, and that it is faster."""
    with run_baseline(app, LESSON - 1) as before:
        must_have_default_dials(app)
        app.post_taster("/taste", {"beer": "ipa", "donuts": DONUTS})
        same_answers(app)
        look = app.code.place("taste_many", "taster.py")
        trace = app.trace(app.get(PAIRING))
        tastes = must_taste_all(app, trace, detail=LOST_CONTEXT)
        strays = [taste for taste in tastes if taste.parent is None]
        expect(
            not strays,
            expected="each `palate.taste` to be below the taster's `flask.request`",
            seen=f"{len(strays)} without a parent",
            look=look,
            trace=trace,
        )
        at_once = max_concurrent(tastes)
        app.note("at once", f"{at_once} of {len(tastes)} tastes")
        expect(
            at_once >= MIN_AT_ONCE,
            expected=f"at least {MIN_AT_ONCE} tastes of one pairing at the same time",
            seen=f"{at_once}, one after the other" if at_once == 1 else f"{at_once} at most",
            look=look,
            trace=trace,
            detail="All calls share one palate, but the tastes of a single call may overlap.",
        )
        speedup = measure_speedup(app, before)
    must_be_faster(app, LESSON, speedup, MIN_SPEEDUP, look=look)
