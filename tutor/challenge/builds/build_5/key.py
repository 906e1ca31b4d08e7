"""SPOILERS: the key to build 5 of `./workshop challenge`. Play it before you read on."""

from __future__ import annotations

from tutor.challenge.key import Key, one_by_one
from tutor.checks.stored_trace import Span

ALONE = [f"/pair/beer?name={beer}" for beer in ("ipa", "gose", "stout", "lambic")]
TOGETHER = [
    ["/pair/beer?name=ipa", "/pair/beer?name=gose"],
    ["/pair/beer?name=stout", "/pair/beer?name=lambic"],
]


def why_not(span: Span) -> str:
    """Return why this taste is right, "" if it is not."""
    asked, tasted = span.trace.root.tags["beer.name"], span.tags.get("beer")
    if asked == tasted:
        return f"{asked} was asked for, and this one tasted {tasted}. Show one that went wrong."
    return ""


KEY = Key(
    title="Somebody else's beer",
    complaint=(
        "The same beer gets a different donut every now and then. It never happens while we look:"
        " asked again, it is always right. There is no cache in this app, and the scores depend on"
        " nothing but the beer and the donut."
    ),
    visits=[*one_by_one(ALONE), *TOGETHER, *one_by_one(ALONE), *TOGETHER],
    operations=frozenset({"palate.taste"}),
    cause="race",
    why_not=why_not,
    hints=(
        "Search for all traces of one beer: which `donut.name` is the odd one out? What is special"
        " about the moment of that trace?",
        "Follow the beer's name from the root down, through the tags of the spans. Where does it"
        " change?",
        "Whose is the name that should not be there? Look for a trace at the same moment.",
    ),
    learned=(
        "The taster keeps the beer of the request in a variable that all its requests share. The"
        " server's span still has the right beer; the tastes inside it begin with that one, until"
        " the next request comes in and pours another. Only traces that overlap are wrong. Cure:"
        " what belongs to a request is passed along, or kept where only that request is."
    ),
    gives_wrong_answers=True,
)
