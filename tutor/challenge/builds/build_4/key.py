"""SPOILERS: the key to build 4 of `./workshop challenge`. Play it before you read on."""

from __future__ import annotations

from tutor.challenge.key import Key, one_by_one
from tutor.checks.stored_trace import Span
from tutor.durations import readable

WRITING = "log.write"
MILLISECOND = 1_000_000
WAITED = 30 * MILLISECOND
"""How long a span must have waited to show it, in nanoseconds: about one line of the log."""

ALONE = [f"/pair/beer?name={beer}" for beer in ("ipa", "stout", "porter")]
TOGETHER = [
    f"/pair/beer?name={beer}" for beer in ("ipa", "stout", "porter", "gose", "bock", "dubbel")
]


def why_not(span: Span) -> str:
    """Return why this span neither waited nor kept others waiting, "" if it did."""
    if span.name == WRITING:
        waiting = span.trace.collector.summary(f"holder.trace_id:{span.trace.id}")["traces"]
        return "" if waiting else "nobody waited for this one. Show one that others waited for."
    waited = span.duration - sum(child.duration for child in span.children)
    if "holder.trace_id" not in span.tags:
        return "it waited for nobody. Show one of those that did."
    if waited < WAITED:
        return f"it waited for {readable(waited)} only. Show one that waited for longer."
    return ""


KEY = Key(
    title="Six guests, one after another",
    complaint=(
        "One guest is served in a tenth of a second. When six come at once, the last one waits"
        " three times as long, although the app has a thread for each of them, the taster tastes"
        " for all at once, and nobody is short of connections."
    ),
    visits=[*one_by_one(ALONE), TOGETHER, TOGETHER, TOGETHER],
    operations=frozenset({"stock.look", "stock.take", WRITING}),
    cause="lock-across-write",
    why_not=why_not,
    hints=(
        "Compare a trace of a guest alone with one in a crowd: which bar has grown?",
        "A bar that grows with the number of guests waits. For whom? It has a tag.",
        "Open the trace that it waited for (search for `trace:` and its id), and see what that one"
        " was doing at the same moment of the day. Then look for that operation in other traces: do"
        " any two of them overlap?",
    ),
    learned=(
        "Whoever takes a donut from the stock writes a line into the log before letting go of it."
        " 40 ms, always the same: the disk is not to blame. But it is done with the lock held, so"
        " that six guests write one after another, and even those who only look may have to"
        " wait. Cure: take, let go, then write; or hand the line to a thread that writes."
    ),
)
