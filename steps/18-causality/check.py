"""Lesson 18 is done once evictions name who filled the entry, and a logical clock travels along."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from tutor.checks import (
    CachedPairings,
    CarriedTrace,
    Probe,
    Reply,
    Span,
    Trace,
    carried_trace,
    count,
    expect,
    must_have_default_dials,
    same_answers,
    turned,
)

ROOM = 2
"""How many pairings the cache has room for."""
BEERS = ("gose", "dunkel", "bock")
"""Asked for one after the other: the last one needs the room of the first."""
LATER = ("porter", "saison")
CROWD = ("stout", "lambic", "kolsch", "ipa", "gose", "porter")
"""Asked for at the same time."""
ASKED = (*BEERS, *LATER, *CROWD)

EVICTION = "cache.evict"
SUBMITTER = "submitter"
"""The attribute `relation` of a link to whoever asked for deferred work."""
SETTLE_S = 1.0
"""How long an eviction may go on after the answer."""

SENT, RECEIVED = "clock.sent", "clock.received"
AHEAD_MS = 1_500
"""How far the check sets the taster's clock ahead."""
MS = 1_000_000


class Filled(NamedTuple):
    """Requests that filled the cache."""

    first: list[Reply]
    """One for each of `BEERS`."""
    kept: list[str]
    """Those of `BEERS` that were kept after that."""
    again: Reply
    """It filled the second of them again, which had expired."""
    later: list[Reply]
    """And these needed its room."""
    kept_in_crowd: list[str]
    """What was kept after `CROWD`."""


def check(app: Probe) -> None:
    """Check who is said to have caused what: whose eviction it is, and what came before what."""
    must_have_default_dials(app)
    same_answers(app)
    cached = CachedPairings(app)
    filled = fill(app, cached)
    with turned(app, {"CLOCK_OFFSET_MS": AHEAD_MS}, "taster"):
        under_wrong_clock = app.get(path(LATER[0]))
    carried = carried_trace(app, path(LATER[1]))
    cached.expire(*ASKED)  # a learner may ask for the same, and want to see it tasted
    first, second, third = (app.trace(reply) for reply in filled.first)
    must_evict_oldest(app, filled.kept, third)
    eviction = must_be_triggered(app, first, third)
    must_be_submitted(app, eviction, first, third)
    must_know_last_submitter(app, second, filled)
    must_have_room_in_crowd(app, filled.kept_in_crowd)
    must_count_messages(app, third)
    must_prove_skew(app, app.trace(under_wrong_clock))
    must_carry_trace(app, carried)


def fill(app: Probe, cached: CachedPairings) -> Filled:
    """Ask for pairings that are not kept, so that others have to go."""
    cached.expire(*ASKED)
    first = [app.get(path(beer)) for beer in BEERS]
    kept = settled(cached, BEERS)
    cached.expire(BEERS[1])
    again = app.get(path(BEERS[1]))
    later = [app.get(path(beer)) for beer in LATER]
    app.get_at_once([path(beer) for beer in CROWD])
    in_crowd = settled(cached, ASKED)
    cached.expire(*ASKED)
    return Filled(first, kept, again, later, in_crowd)


def settled(cached: CachedPairings, beers: Sequence[str]) -> list[str]:
    """Return those of the beers whose pairings are kept, once there are no more than there is room
    for, or time is up."""
    until = time.monotonic() + SETTLE_S
    while True:
        kept = [beer for beer in dict.fromkeys(beers) if cached.keys(beer)]
        if len(kept) <= ROOM or time.monotonic() > until:
            return kept
        time.sleep(0.05)


def path(beer: str) -> str:
    """Return the path that asks for a beer's pairing."""
    return f"/pair/beer?name={beer}"


def must_evict_oldest(app: Probe, kept: list[str], third: Trace) -> None:
    """Check that the third pairing has made the first one go."""
    expect(
        kept == list(BEERS[1:]),
        expected=f"room for two pairings: {' and '.join(BEERS[1:])} to be kept after {BEERS[0]},"
        f" {BEERS[1]} and {BEERS[2]} were asked for, and {BEERS[0]}, the oldest, to be evicted",
        seen=f"kept: {', '.join(kept) or 'none of them'}",
        look=app.code.place("/pair/beer"),
        trace=third,
        detail="What must go from Redis goes with `donutdb.evict(key)`.",
    )


def must_be_triggered(app: Probe, first: Trace, third: Trace) -> Span:
    """Check that the eviction is a span of the request that needed the room; return it."""
    evictions = third.find(EVICTION)
    exchanged = [span for span in first.find(EVICTION) if third.id in submitters(span)]
    if exchanged:
        seen = f"it is in the trace of {BEERS[0]}, and linked to that of {BEERS[2]}"
        detail = "It is the other way: the parent is the trigger, the link goes to the submitter."
    else:
        seen = f"{count(len(evictions), 'span')} of that name: {third.outline()}"
        detail = f'with tracer.trace("{EVICTION}", submitter=…):'
    expect(
        len(evictions) == 1 and not exchanged,
        expected=f"one span `{EVICTION}` in the trace of the request for {BEERS[2]}, which needed"
        " the room: it is the trigger",
        seen=seen,
        look=app.code.place("/pair/beer"),
        trace=first if exchanged else third,
        detail=detail,
    )
    return evictions[0]


def submitters(span: Span) -> dict[str, str]:
    """Return the ids of the spans that have asked for this one before, by the id of their trace."""
    return {
        link["trace_id"]: link["span_id"]
        for link in span.details["links"]
        if link["attributes"].get("relation") == SUBMITTER
    }


def must_be_submitted(app: Probe, eviction: Span, first: Trace, third: Trace) -> None:
    """Check that the eviction is linked to the request that filled the entry, and to no other."""
    links = submitters(eviction)
    others = links.keys() - {first.id}
    if third.id in others:
        seen = f"a link to its own trace, that of {BEERS[2]}"
        detail = (
            "At the eviction, `tracer.current_context()` is the trigger's. The submitter's has to"
            " be kept when the entry is filled."
        )
    elif others:
        seen = f"a link to another trace, {app.target.ui}/trace/{min(others)}"
        detail = "Is there one context for each entry?"
    else:
        seen = f"{count(len(links), 'link')} with `relation` = `{SUBMITTER}`"
        detail = "`tracer.trace(name, submitter=context)` makes one, unless the context is None."
    known = {span.id for span in first}
    expect(
        not others and links.get(first.id) in known,
        expected=f"one link from `{EVICTION}` to its submitter, the request that filled the entry"
        f" of {BEERS[0]}: trace {first.id}",
        seen=seen,
        look=app.code.place("/pair/beer"),
        trace=third,
        detail=detail,
    )
    app.note("eviction", f"of {BEERS[0]}: set off by {BEERS[2]}, left behind by {BEERS[0]}")


def must_know_last_submitter(app: Probe, second: Trace, filled: Filled) -> None:
    """Check that an entry that was filled twice has been left by the second request."""
    traces = [app.trace(reply) for reply in filled.later]
    evictions = [span for trace in traces for span in trace.find(EVICTION)]
    linked = {trace_id for span in evictions for trace_id in submitters(span)}
    again = app.trace(filled.again)
    expect(
        again.id in linked and second.id not in linked,
        expected=f"the submitter of {BEERS[1]}'s eviction to be the request that filled it last,"
        f" after it had expired: trace {again.id}",
        seen="the request that filled it first"
        if second.id in linked
        else f"{count(len(linked), 'link')} to other traces",
        look=app.code.place("/pair/beer"),
        trace=traces[-1],
    )


def must_have_room_in_crowd(app: Probe, kept: list[str]) -> None:
    """Check that there are no more than two entries, however many requests come at once."""
    expect(
        len(kept) <= ROOM,
        expected=f"at most two pairings to be kept after {len(CROWD)} requests at the same time",
        seen=f"{len(kept)}: {', '.join(kept)}",
        look=app.code.place("/pair/beer"),
    )


def must_count_messages(app: Probe, trace: Trace) -> None:
    """Check that a logical clock was counted on with each message between web and the taster."""
    calls = [
        (server.parent, server)
        for server in trace.find(service="taster")
        if server.parent and server.parent.service != "taster"
    ]
    expect(
        calls,
        expected="a call of web to the taster in one trace",
        seen=trace.outline(),
        look=app.code.place("/pair/beer"),
        trace=trace,
    )
    for client, server in calls:
        for service, span in (("web", client), ("taster", server)):
            expect(
                SENT in span.tags,
                expected=f"a logical clock in {service}: the tag `{SENT}` on its span of the call",
                seen=f"{span} without that",
                look=app.code.use("configure", f"{service}.py"),
                trace=trace,
                detail="tracer.configure(…, logical_clock=True), in web and in the taster",
            )
        tags = client.tags, server.tags, server.tags, client.tags
        keys = SENT, RECEIVED, SENT, RECEIVED
        times = [int(tags.get(key, 0)) for tags, key in zip(tags, keys, strict=True)]
        expect(
            0 < times[0] < times[1] < times[2] < times[3],
            expected="each message to be received later, by the logical clock, than it was sent",
            seen="request sent at {}, received at {}; answer sent at {}, received at {}".format(
                *times
            ),
            look=app.code.use("configure"),
            trace=trace,
        )


def must_prove_skew(app: Probe, trace: Trace) -> None:
    """Check that the collector can prove by how much the taster's clock was wrong."""
    skews = trace.collector.insight(trace.id)["skew"]
    proofs = [skew["proof"] for skew in skews if skew["service"] == "taster" and skew["proof"]]
    expect(
        proofs,
        expected=f"a proof that the taster's clock was wrong, as the check had set it {AHEAD_MS:,}"
        " ms ahead",
        seen="none: " + (", ".join(skew["what"] for skew in skews) or "not even a suspicion"),
        look=app.code.use("configure", "taster.py"),
        trace=trace,
    )
    bounds = proofs[0]["bounds"]
    low, high = ((bounds[end] or 0) / MS for end in ("low", "high"))
    between = f"between {low:,.1f} ms and {high:,.1f} ms"
    app.note("clock", f"of the taster, set {AHEAD_MS:,} ms ahead: proven {between}")
    expect(
        low <= AHEAD_MS <= high,
        expected=f"the taster's clock to be {AHEAD_MS:,} ms ahead, as the check had set it",
        seen=f"proven: {between}",
        look=app.code.use("configure", "taster.py"),
        trace=trace,
    )


def must_carry_trace(app: Probe, carried: CarriedTrace) -> None:
    """Check that an answer brings its whole trace along, the same as the collector has."""
    expect(
        {"web", "taster"} <= carried.services,
        expected="the trace in the answer to have spans of web and of the taster",
        seen=f"{count(carried.spans, 'span')} of {' and '.join(sorted(carried.services))}",
        look=app.code.use("configure", "taster.py"),
        trace=app.trace(carried.reply),
    )
    expect(
        not carried.differences,
        expected="the trace in the answer to be the one that the collector has",
        seen=carried.differences,
        look=app.code.use("configure", "taster.py"),
        trace=app.trace(carried.reply),
    )
    agrees = f"the collector has {carried.more} more" if carried.more else "the collector agrees"
    app.note("in band", f"{carried.spans} spans in {carried.bytes:,} bytes of its answer; {agrees}")
