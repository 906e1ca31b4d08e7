"""Lookups in a cache: what was asked for, and whether it was there.

A span says that it is a lookup with the tag `cache.hit`. What it asked for is read off its other
tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

import msgspec

from collector.analysis.trace import Trace
from collector.http_status import status_of
from collector.model import Span

HIT, MISS, WAIT, FAILED = range(4)
"""Outcomes of a lookup: the value was there; it had to be computed; somebody else was computing it
already (the last thing below the span is a `….wait`, and little comes after it); it could not be
computed."""

MAX_LOOKUPS = 50
"""Lookups read from one trace."""

CIRCUMSTANCE_PREFIXES = (
    *("_", "http.", "url.full", "span.", "server.", "client.", "network.", "net.", "user_agent."),
    *("host.", "process.", "thread.", "telemetry.", "cache.", "error.", "version", "env"),
    *("planted", "language", "runtime"),
)
"""Prefixes of the tags that tell how or where something was asked for, not what."""


class Lookup(msgspec.Struct, array_like=True, gc=False):
    """One lookup in a cache."""

    row: int
    """The row of the span that looked something up."""
    cache_key: str
    """Represents what was asked for: equal for equal questions, 16 hex digits."""
    label: str
    """What was asked for, in a few words for people."""
    outcome: int
    """`HIT`, `MISS`, `WAIT` or `FAILED`."""
    start: int
    """Nanoseconds since 1970."""
    duration: int
    """Nanoseconds."""
    span_id: int


class LookupInTrace(NamedTuple):
    """A lookup, and the trace that it was seen in."""

    lookup: Lookup
    trace_id: str
    weight: int
    """Of the trace, in thousandths."""


def lookups(trace: Trace) -> list[Lookup]:
    """Return the lookups of one trace, the first `MAX_LOOKUPS` of them."""
    return list(islice(_lookups(trace), MAX_LOOKUPS))


def _lookups(trace: Trace) -> Iterator[Lookup]:
    for row, span in enumerate(trace.tree.spans):
        if "cache.hit" in span.tags:
            asked = {key: value for key, value in span.tags.items() if says_what(key, value)}
            text = "\x1f".join((span.service, span.name, span.resource, *_pairs(asked)))
            cache_key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            label = ", ".join(str(value) for key, value in asked.items() if key != "url.path")
            yield Lookup(
                row,
                cache_key,
                label if len(label) <= 40 else f"{label[:39]}…",
                _outcome(trace, row),
                span.start,
                span.duration,
                span.span_id,
            )


def says_what(key: str, value: object) -> bool:
    """Tell whether a tag says what was asked for. Numbers are measurements."""
    return isinstance(value, str) and not key.startswith(CIRCUMSTANCE_PREFIXES)


def _pairs(tags: dict[str, str | int | float]) -> list[str]:
    return sorted(f"{key}={value}" for key, value in tags.items())


def _outcome(trace: Trace, row: int) -> int:
    tree = trace.tree
    span = tree.spans[row]
    if str(span.tags["cache.hit"]).lower() in ("true", "1", "1.0", "hit"):
        return HIT
    if span.error or _is_refused(span):
        return FAILED
    return WAIT if _ends_in_a_wait(trace, row) else MISS


def _ends_in_a_wait(trace: Trace, row: int) -> bool:
    """Tell whether the last child is a `….wait` with less than half of the span after it: the span
    took what somebody else computed. A span that waits for a connection goes on to use it."""
    tree = trace.tree
    children = list(tree.children(row))
    if not children or not tree.spans[children[-1]].name.endswith(".wait"):
        return False
    return 2 * (tree.end[row] - tree.end[children[-1]]) < tree.spans[row].duration


def _is_refused(span: Span) -> bool:
    return status_of(span)[:1] in ("4", "5")
