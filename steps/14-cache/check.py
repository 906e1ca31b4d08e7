"""Lesson 14 is done once a pairing is kept for a while, and one request finds it for all."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.checks import (
    CachedPairings,
    Probe,
    Reply,
    Trace,
    at_once,
    expect,
    measure_speedup,
    must_be_faster,
    must_have_default_dials,
    run_baseline,
    same_answers,
)

BEERS = ("stout", "saison", "porter", "gose", "dunkel", "bock")
PATHS = [f"/pair/beer?name={beer}" for beer in BEERS]
STOUT = PATHS[0]
HERD = 10
"""Requests that find a pairing gone at the same time."""

LONGEST_S = 24 * 60 * 60
SPREAD = 0.02
"""By how much the times for which six pairings are kept must differ, as a share of the longest. Six
that vary by 5 % either way differ by less once in 7,000 times."""


def check(app: Probe) -> None:
    """A pairing is kept and expires; whoever finds it gone waits for the one that finds it anew."""
    with run_baseline(app, 13) as before:
        must_have_default_dials(app)
        same_answers(app)
        shelf = CachedPairings(app)
        shelf.clear(*BEERS)
        first, again = [app.get(STOUT) for _ in range(2)]
        must_be_kept(app, shelf)
        must_expire(app, shelf)
        shelf.clear(BEERS[0])
        herd = at_once(app, [STOUT] * HERD)
        speedup = measure_speedup(app, before, PATHS)
        must_say_so(app, app.trace(first), hit=False)
        must_say_so(app, app.trace(again), hit=True)
        must_be_hits(app, speedup.now)
        must_be_found_once(app, [app.trace(reply) for reply in herd])
    must_be_faster(app, 14, speedup, at_least=4, look=app.code.place("pair"))


def must_be_kept(app: Probe, shelf: CachedPairings) -> None:
    """There is a key that names the beer, once somebody has asked for it."""
    expect(
        shelf.keys(BEERS[0]),
        expected=f"a key in Redis that names the beer, such as `pairing:{BEERS[0]}`, after {STOUT}",
        seen="no such key",
        look=app.code.place("pair"),
        detail="What is kept in the process itself is lost with it, and no other process has it.",
    )


def must_expire(app: Probe, shelf: CachedPairings) -> None:
    """Every pairing is kept for a time, and not all for the same time."""
    look = app.code.place("pair")
    shelf.clear(*BEERS)
    lifetimes = []
    for beer, path in zip(BEERS, PATHS, strict=True):
        app.get(path)
        for key in shelf.keys(beer):
            seconds = shelf.seconds_left(key)
            expect(
                seconds is not None and seconds < LONGEST_S,
                expected=f"that the key `{key}` expires, within a day",
                seen="it is kept for ever" if seconds is None else f"it lives for {seconds:.0f} s",
                look=look,
                detail="What has changed meanwhile, an opinion or a baker, would never show.",
            )
            lifetimes.append(seconds or 0)
    longest, shortest = max(lifetimes), min(lifetimes)
    expect(
        longest - shortest >= SPREAD * longest,
        expected="jitter: pairings found at the same time that are kept for different times, by"
        " some percent at least",
        seen=f"{len(lifetimes)} kept for {shortest:.1f} to {longest:.1f} s",
        look=look,
    )


def must_say_so(app: Probe, trace: Trace, hit: bool) -> None:
    """Its spans say whether it was a hit, and it was."""
    said = said_by(trace)
    words = "true" if hit else "false"
    expect(
        said == [hit],
        expected=f"a span with the tag `cache.hit: {words}` for the {'second' if hit else 'first'}"
        f" of two requests for the same beer",
        seen=f"{'none' if not said else ', '.join(map(str, said)).lower()}",
        look=app.code.place("pair"),
        trace=trace,
    )
    expect(
        bool(trace.find(service="taster")) != hit,
        expected="that nothing is tasted for a hit" if hit else "that a miss is tasted",
        seen=trace.outline(),
        look=app.code.place("pair"),
        trace=trace,
    )


def said_by(trace: Trace) -> list[bool]:
    """What the tags `cache.hit` of the route's span, or of one right below it, say."""
    spans = [trace.root, *(span for span in trace.root.children if span.service != "db")]
    values = [span.tags.get("cache.hit") for span in spans]
    return [str(value).lower() in ("true", "1", "1.0") for value in values if value is not None]


def must_be_hits(app: Probe, replies: Sequence[Reply]) -> None:
    """Pairings that are kept are not found again."""
    hits = [said_by(app.trace(reply)) == [True] for reply in replies]
    app.note("hit ratio", f"{sum(hits)} of {len(hits)} requests for what was asked for before")
    expect(
        all(hits),
        expected="only hits for pairings that were asked for a moment ago",
        seen=f"{sum(hits)} of {len(hits)}",
        look=app.code.place("pair"),
        trace=app.trace(replies[hits.index(False)]) if not all(hits) else "",
    )


def must_be_found_once(app: Probe, traces: list[Trace]) -> None:
    """One request of the herd has the donuts tasted, the others wait for it."""
    finders = [trace for trace in traces if trace.find(service="taster")]
    expect(
        len(finders) == 1,
        expected=f"that one of {len(traces)} requests finds the expired pairing anew, and the"
        " others take what it found",
        seen=f"{len(finders)} had the donuts tasted: a stampede",
        look=app.code.place("pair"),
        trace=finders[-1] if finders else traces[0],
    )
