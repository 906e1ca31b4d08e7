"""Lesson 17 is done once web samples by rules, and the collector keeps what failed."""

from __future__ import annotations

from tutor.checks import (
    PAIRING,
    CachedPairings,
    Probe,
    Reply,
    expect,
    kept_traces,
    must_have_default_dials,
    same_answers,
    samples_at_tail,
    weight,
)

FAILING = "/pair/beer?name=barleywine"
"""One of its donuts never arrives in time, so the trace has failed spans."""
OTHER = "/beers/ipa"
"""A quick page that is no pairing."""

PAIRINGS, OTHERS, FAILURES, QUICK = 40, 200, 6, 400
RATE = 0.1
"""The share of other pages, and of unremarkable pairings, that the lesson asks for."""

OTHERS_SAMPLED = range(4, 46)
"""Of two hundred at one in ten, fewer or more come up less often than once in a hundred thousand
checks."""
STAND_FOR = range(QUICK // 3, QUICK * 2)
"""The sum of the weights: chance moves it by sixty or so."""


def check(app: Probe) -> None:
    """Check what the head samples, and what the tail keeps of that."""
    must_have_default_dials(app)
    same_answers(app)
    must_sample_pairings(app)
    must_sample_few_others(app)
    must_keep_failures(app)
    must_keep_a_sample(app)


def must_sample_pairings(app: Probe) -> None:
    """Check that each pairing is sampled at the head."""
    sampled = count_sampled(app.get_at_once([PAIRING] * PAIRINGS))
    expect(
        sampled == PAIRINGS,
        expected="every pairing to be sampled by web, as `traceresponse` says",
        seen=f"{sampled} of {PAIRINGS} are",
        look=app.code.use("configure", "web.py"),
        detail="The first rule that matches decides: the one for `GET /pair/*` has to come first.",
    )


def must_sample_few_others(app: Probe) -> None:
    """Check that about one in ten of all else is sampled."""
    sampled = count_sampled(app.get_at_once([OTHER] * OTHERS))
    app.note("head", f"sampled: all {PAIRINGS} pairings, {sampled} requests of {OTHERS} for others")
    expect(
        sampled in OTHERS_SAMPLED,
        expected=f"about one in ten of the requests for {OTHER} to be sampled",
        seen=f"{sampled} of {OTHERS} are",
        look=app.code.use("configure", "web.py"),
    )


def must_keep_failures(app: Probe) -> None:
    """Check that the collector samples at the tail, and keeps each trace with a failed span."""
    expect(
        samples_at_tail(app),
        expected="the collector to hold each trace and decide on it",
        seen="tail sampling is off: `wait_s` is 0",
        look="PUT /sampling/policies",
    )
    replies = [app.get(FAILING) for _ in range(FAILURES)]  # at once, they would share one answer
    kept = kept_traces(app, replies)
    app.note("errors", f"kept: {len(kept)} of {len(replies)}")
    expect(
        len(kept) == len(replies),
        expected="every trace with a failed span to be kept",
        seen=f"{len(kept)} of {len(replies)} are",
        look="PUT /sampling/policies",
        detail="Is there a policy that keeps errors?",
    )
    broken = [trace for trace in kept if "taster" not in trace.services]
    expect(
        not broken,
        expected="the kept traces to be whole, with the taster's spans",
        seen=f"{len(broken)} of {len(kept)} have none",
        look=app.code.use("configure", "taster.py"),
        trace=broken[0] if broken else None,
    )


def must_keep_a_sample(app: Probe) -> None:
    """Check that a part of the unremarkable pairings is kept, and stands for all of them."""
    CachedPairings(app).expire("ipa")
    app.get(PAIRING)
    kept = kept_traces(app, app.get_at_once([PAIRING] * QUICK))
    represented = sum(map(weight, kept))
    stands = f"they stand for {represented:.0f} pairings"
    app.note("sample", f"kept: {len(kept)} pairings of {QUICK} from the cache; {stands}")
    expect(
        len(kept) < QUICK / 2,
        expected="most of the quick pairings to be dropped",
        seen=f"{len(kept)} of {QUICK} are kept",
        look="PUT /sampling/policies",
        detail="Is there a policy that keeps all of them? GET /api/sampling counts for each.",
    )
    expect(
        round(represented) in STAND_FOR,
        expected=f"a sample of the quick pairings that stands for about {QUICK}",
        seen=f"{len(kept)} are kept; {stands}",
        look="PUT /sampling/policies",
        detail='Is there a policy `{"keep": "sample", "rate": 0.1}`?',
    )


def count_sampled(replies: list[Reply]) -> int:
    """Return how many of the answers say that their trace is sampled."""
    return sum(reply.is_sampled for reply in replies)
