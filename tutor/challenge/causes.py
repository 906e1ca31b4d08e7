"""The causes to choose from: the same twelve for every build."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """Something that makes an app slow or wrong: `what` it is, and what it `would_show` in."""

    what: str
    would_show: str


CAUSES = {
    "cache-key": Cause(
        "a cache whose key leaves out something that the answer depends on",
        "one question that gets the answer to another one, out of the cache, also while nobody else"
        " asks anything",
    ),
    "stale-cache": Cause(
        "a cache that keeps answers for too long",
        "an answer that was given to the same question before, and was right then",
    ),
    "stampede": Cause(
        "an entry of a cache that expires, and that many work out again at the same time",
        "several traces that do the same work for the same question, all at once, between other"
        " traces that find it in the cache",
    ),
    "row-by-row": Cause(
        "rows that are asked for one by one, each after the answer to the one before",
        "a comb: bars alike, each of which begins when the one before it has ended",
    ),
    "template": Cause(
        "queries that are made while a page is rendered",
        "queries inside the span that renders, after the data was said to be complete",
    ),
    "retries-multiply": Cause(
        "several layers that try again, each of them for every attempt of the layer above",
        "failed spans inside failed spans, the number of those at the bottom being a product (4, 9,"
        " 27, …)",
    ),
    "short-timeout": Cause(
        "a timeout that is shorter than the work takes",
        "calls that fail, all after the same round time, and servers that go on after their callers"
        " have given up",
    ),
    "slow-dependency": Cause(
        "a service, a store or a disk that takes long over everything",
        "an operation of which every span is long, the first as well as the last, alone as well as"
        " in a crowd, and that accounts for the time",
    ),
    "lock-across-write": Cause(
        "a lock that is held while something slow is written",
        "spans that wait for as long as other traces are writing, and writes of which no two"
        " overlap, not even those of different traces",
    ),
    "small-pool": Cause(
        "a pool of connections that is smaller than the number of threads which need one",
        "calls that begin together and end in groups, each group as large as the pool",
    ),
    "few-threads": Cause(
        "too few threads for what is to be done at once",
        "calls that begin in groups, because one can only begin when an earlier one has ended",
    ),
    "race": Cause(
        "requests that run at the same time and overwrite each other's variables",
        "wrong answers only where traces overlap, each with a value in it that belongs to another"
        " trace of that moment",
    ),
}
"""The causes, by the word that stands for each in `--cause`."""
