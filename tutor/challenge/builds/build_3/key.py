"""SPOILERS: the key to build 3 of `./workshop challenge`. Play it before you read on."""

from __future__ import annotations

from tutor.challenge.key import Key, one_by_one
from tutor.checks.stored_trace import Span

QUESTIONS = (
    *("name=ipa", "name=stout&sugar=20", "name=porter", "name=ipa&sugar=30"),
    *("name=porter&sugar=25", "name=bock&sugar=40", "name=ipa", "name=stout", "name=bock"),
    *("name=saison&sugar=30", "name=ipa&sugar=30", "name=dubbel", "name=porter&sugar=25"),
)


def why_not(span: Span) -> str:
    """Return why this span did not bring a wrong answer, "" if it did."""
    tags = span.trace.root.tags
    if tags["donut.sugar"] <= tags["sugar.limit"]:
        return (
            f"the answer of its trace is right: at most {tags['sugar.limit']} sugar was asked for,"
            f" and the {tags['donut.name']} has {tags['donut.sugar']}. Show a wrong one."
        )
    if span.resource != "GET":
        return "the wrong answer did not come from this one. Show where it did."
    return ""


KEY = Key(
    title="Too sweet for the doctor",
    complaint=(
        "Guests who may not have much sugar ask for `?sugar=30`, at most thirty. Some of them get a"
        " donut with twice as much. When we try it ourselves, with a beer that nobody has had yet,"
        " it is always right."
    ),
    visits=one_by_one([f"/pair/beer?{question}" for question in QUESTIONS]),
    operations=frozenset({"redis.command"}),
    cause="cache-key",
    why_not=why_not,
    hints=(
        "The root span says what was asked for (`beer.name`, `sugar.limit`) and what was answered"
        " (`donut.name`, `donut.sugar`). Collect the wrong ones. What do their traces lack?",
        "Search for all traces of one beer, in the order of time. Which trace had the wrong donut"
        " first, and was it wrong there?",
        "Read the tags of the spans in between: what exactly was asked for, and what not?",
    ),
    learned=(
        "The pairing is kept under the beer's name alone (`redis.key`), but it depends on the limit"
        " as well: who asks with a limit gets what was worked out for somebody without. No two of"
        " these traces overlap, so it is no race; and it is wrong from the first second, so it was"
        " not kept for too long. Cure: everything that the answer depends on is part of the key."
    ),
    gives_wrong_answers=True,
)
