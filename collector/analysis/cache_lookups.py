"""Looking something up in a cache: what was asked for, and was it there?

A span says so itself, with the tag `cache.hit`. What it asked for is read off its other tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.analysis.trace import Trace
from collector.model import Span

HIT, MISS, WAIT, FAILED = range(4)
"""It was there; it had to be computed; somebody else was at it already (the last thing below the
span is a `….wait`, and little comes after it); it could not be computed."""

MOST = 50
"""Of one trace."""

CIRCUMSTANCES = (
    *("_", "http.", "url.full", "span.", "server.", "client.", "network.", "net.", "user_agent."),
    *("host.", "process.", "thread.", "telemetry.", "cache.", "error.", "version", "env"),
    *("planted", "language", "runtime"),
)
"""How the keys of tags begin that say under which circumstances something was asked, not what."""


class Lookup(msgspec.Struct, array_like=True, gc=False):
    """One lookup in a cache."""

    row: int
    """The span that looked something up."""
    wanted: str
    """Stands for what was asked for: equal for equal questions, 16 hex digits."""
    label: str
    """The same for people, short."""
    outcome: int
    """`HIT`, `MISS`, `WAIT` or `FAILED`."""
    start: int
    duration: int
    span_id: int


class Seen(NamedTuple):
    """A lookup, and the trace that it was seen in."""

    lookup: Lookup
    trace_id: str
    weight: int


def lookups(trace: Trace) -> list[Lookup]:
    """The lookups of one trace, the first `MOST` of them."""
    return [found for found, _ in zip(_lookups(trace), range(MOST), strict=False)]


def _lookups(trace: Trace) -> Iterator[Lookup]:
    for row, span in enumerate(trace.tree.spans):
        if "cache.hit" in span.tags:
            asked = {key: value for key, value in span.tags.items() if _tells(key, value)}
            text = "\x1f".join((span.service, span.name, span.resource, *_pairs(asked)))
            wanted = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            label = ", ".join(str(value) for key, value in asked.items() if key != "url.path")
            yield Lookup(
                row,
                wanted,
                label if len(label) <= 40 else f"{label[:39]}…",
                _outcome(trace, row),
                span.start,
                span.duration,
                span.span_id,
            )


def _tells(key: str, value: object) -> bool:
    """Whether a tag says what was asked for. Numbers are measurements."""
    return isinstance(value, str) and not key.startswith(CIRCUMSTANCES)


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
    """Whether the last child is a `….wait`, with less than half of the span after it: what somebody
    else computed was taken. Who waits for a connection goes on to use it."""
    tree = trace.tree
    children = list(tree.children(row))
    if not children or not tree.spans[children[-1]].name.endswith(".wait"):
        return False
    return 2 * (tree.end[row] - tree.end[children[-1]]) < tree.spans[row].duration


def _is_refused(span: Span) -> bool:
    return str(span.tags.get("http.response.status_code", ""))[:1] in ("4", "5")
