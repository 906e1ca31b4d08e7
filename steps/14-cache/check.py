"""Lesson 14 is done once pairings are cached for a while, and one request computes for all."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.checks import (
    CachedPairings,
    Probe,
    Reply,
    Trace,
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
"""How many requests miss an expired pairing at the same time."""

MAX_LIFETIME_S = 24 * 60 * 60
MIN_SPREAD = 0.02
"""How far the lifetimes of six pairings must be apart, as a share of the longest. Six that vary by
5 % either way are closer than that once in 7,000 times."""


def check(app: Probe) -> None:
    """Check that a pairing is cached and expires, and that all who miss it wait for one to compute
    it."""
    with run_baseline(app, 13) as before:
        must_have_default_dials(app)
        same_answers(app)
        cached = CachedPairings(app)
        cached.expire(*BEERS)
        first, again = [app.get(STOUT) for _ in range(2)]
        must_be_kept(app, cached)
        must_expire(app, cached)
        cached.expire(BEERS[0])
        herd = app.get_at_once([STOUT] * HERD)
        speedup = measure_speedup(app, before, PATHS)
        must_be_tagged(app, app.trace(first), hit=False)
        must_be_tagged(app, app.trace(again), hit=True)
        must_be_hits(app, speedup.now)
        must_be_computed_once(app, [app.trace(reply) for reply in herd])
    must_be_faster(app, 14, speedup, at_least=4, look=app.code.place("/pair/beer"))


def must_be_kept(app: Probe, cached: CachedPairings) -> None:
    """Check that there is a key that names the beer, once it was asked for."""
    expect(
        cached.keys(BEERS[0]),
        expected=f"a key in Redis that names the beer, such as `pairing:{BEERS[0]}`, after {STOUT}",
        seen="no such key",
        look=app.code.place("/pair/beer"),
        detail="What is kept in the process itself is lost with it, and no other process sees it.",
    )


def must_expire(app: Probe, cached: CachedPairings) -> None:
    """Check that every pairing is kept for a time, and not all for the same time."""
    look = app.code.place("/pair/beer")
    cached.expire(*BEERS)
    lifetimes = []
    for beer, path in zip(BEERS, PATHS, strict=True):
        app.get(path)
        for key in cached.keys(beer):
            seconds = cached.seconds_left(key)
            expect(
                seconds is not None and seconds < MAX_LIFETIME_S,
                expected=f"the key `{key}` to expire within a day",
                seen="it is kept forever" if seconds is None else f"it lives for {seconds:.0f} s",
                look=look,
                detail="If an opinion or a baker has changed since, it would never show.",
            )
            lifetimes.append(seconds or 0)
    longest, shortest = max(lifetimes), min(lifetimes)
    expect(
        longest - shortest >= MIN_SPREAD * longest,
        expected="jitter: pairings computed at the same time expire at different times, at least a"
        " few percent apart",
        seen=f"{len(lifetimes)} pairings kept for {shortest:.1f} to {longest:.1f} s",
        look=look,
    )


def must_be_tagged(app: Probe, trace: Trace, hit: bool) -> None:
    """Check that the spans say whether it was a hit, and that this is true."""
    tags = hit_tags(trace)
    value = "true" if hit else "false"
    expect(
        tags == [hit],
        expected=f"a span with the tag `cache.hit: {value}` for the {'second' if hit else 'first'}"
        f" of two requests for the same beer",
        seen=", ".join(map(str, tags)).lower() or "no such tag",
        look=app.code.place("/pair/beer"),
        trace=trace,
    )
    expect(
        bool(trace.find(service="taster")) != hit,
        expected="no tasting for a hit" if hit else "a tasting for a miss",
        seen=trace.outline(),
        look=app.code.place("/pair/beer"),
        trace=trace,
    )


def hit_tags(trace: Trace) -> list[bool]:
    """Return the values of the tags `cache.hit` on the route's span and on those right below it."""
    spans = [trace.root, *(span for span in trace.root.children if span.service != "db")]
    values = [span.tags.get("cache.hit") for span in spans]
    return [str(value).lower() in ("true", "1", "1.0") for value in values if value is not None]


def must_be_hits(app: Probe, replies: Sequence[Reply]) -> None:
    """Check that cached pairings are not computed again."""
    hits = [hit_tags(app.trace(reply)) == [True] for reply in replies]
    app.note("hit ratio", f"{sum(hits)} of {len(hits)} requests for something asked for before")
    expect(
        all(hits),
        expected="only hits for pairings that were asked for a moment ago",
        seen=f"{sum(hits)} of {len(hits)}",
        look=app.code.place("/pair/beer"),
        trace=app.trace(replies[hits.index(False)]) if not all(hits) else "",
    )


def must_be_computed_once(app: Probe, traces: list[Trace]) -> None:
    """Check that one request of the herd has the donuts tasted, and the others wait for it."""
    tasting = [trace for trace in traces if trace.find(service="taster")]
    expect(
        len(tasting) == 1,
        expected=f"one of {len(traces)} requests to compute the expired pairing again, and the"
        " others to take its result",
        seen=f"{len(tasting)} of them had the donuts tasted: a stampede",
        look=app.code.place("/pair/beer"),
        trace=tasting[-1] if tasting else traces[0],
    )
