"""SPOILERS: the key to build 2 of `./workshop challenge`. Play it before you read on."""

from __future__ import annotations

from tutor.challenge.key import Key, one_by_one
from tutor.checks.stored_trace import Span

ASKED = "GET /opinion"
ONE_LAYER = 3
"""How often one layer alone would have asked."""

BEERS = ("saison", "ipa", "lambic", "bock", "imperial stout")


def why_not(span: Span) -> str:
    """Return why this span is no part of a product of attempts, "" if it is."""
    failed = [asked for asked in span.trace.find(resource=ASKED) if asked.error]
    if len(failed) <= ONE_LAYER:
        return "nothing is asked again and again in its trace. Show it where it happens."
    if not span.error:
        return "it succeeded. Show one of those that did not."
    if span.parent is None:
        return "it is the whole request. Show one of the calls."
    return ""


KEY = Key(
    title="The telephone that never stops",
    complaint=(
        "Some pairings take ten times as long as others. And the telephone exchange complains:"
        " bakers who don't answer are rung up dozens of times for a single pairing. We had said,"
        " three attempts, no more. Everybody says that they keep to it."
    ),
    visits=one_by_one([f"/pair/beer?name={beer}" for beer in BEERS]),
    operations=frozenset({"requests.request", "flask.request"}),
    cause="retries-multiply",
    why_not=why_not,
    hints=(
        "Compare a quick pairing with a slow one: which bars are there more of, and how many?",
        "Count one level at a time, from the top: how many calls does the matchmaker make for one"
        " donut, how many does the taster make for each of those, how many arrive?",
        "Unfold a client's span of the taster: how many server's spans are inside that one call?",
    ),
    learned=(
        "The matchmaker tries three times, the taster three times for each of these, and its HTTP"
        " library, silently, three times for each of those: 27 calls for one donut. Each layer"
        " keeps to its three. One client's span with three server's spans inside is how a library's"
        " retries look. Cure: try again in one layer only, and give all of it one deadline."
    ),
)
