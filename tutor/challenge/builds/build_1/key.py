"""SPOILERS: the key to build 1 of `./workshop challenge`. Play it before you read on."""

from __future__ import annotations

from tutor.challenge.key import Key, one_by_one
from tutor.checks.stored_trace import Span
from tutor.durations import readable

WAITED = 2.5
"""How many times as long as the quickest a span takes that has clearly waited."""

BEERS = ("ipa", "stout", "porter", "saison", "gose")


def why_not(span: Span) -> str:
    """Return why this command did not wait for a connection, "" if it did."""
    if span.service != "redis":
        return "it is not one of the commands."
    quickest = min(other.duration for other in span.trace.find(span.name))
    if span.duration > WAITED * quickest:
        return ""
    return (
        f"it took {readable(span.duration)}, and the quickest {span.name} of its trace"
        f" {readable(quickest)}: nothing kept it. Show one that was kept."
    )


KEY = Key(
    title="Slow in an empty bar",
    complaint=(
        "A pairing asks 24 bakers for their opinions, all at the same time, in 24 threads. Redis is"
        " 30 ms away, which nobody can change; so this should take 30 ms. It takes eight times as"
        " long, even at night, with one guest in the bar."
    ),
    visits=one_by_one([f"/pair/beer?name={beer}" for beer in BEERS]),
    operations=frozenset({"redis.command"}),
    cause="small-pool",
    why_not=why_not,
    hints=(
        "Open one trace and turn off the folding of repeats: look at each bar by itself.",
        "When does each of the bars begin, and when does it end? One of the two is in step.",
        "The first command of the trace is alone. How long does that one take? So what do the"
        " others do for the rest of their time?",
    ),
    learned=(
        "24 threads began 24 commands at once, and these ended three by three, every 30 ms: the"
        " pool has three connections. A client's span begins when it is called, so that the wait"
        " for a connection is inside it. With too few threads, the commands would have begun three"
        " by three. Cure: a pool as large as the number of threads (or one MGET)."
    ),
)
