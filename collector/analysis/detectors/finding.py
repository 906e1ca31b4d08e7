"""A problem found in a trace, with the evidence."""

from __future__ import annotations

import msgspec

from collector.analysis.span_keys import Operation


class Finding(msgspec.Struct, frozen=True):
    """One thing that makes a trace slow."""

    kind: str
    """The detector's name: `n_plus_one`, `sequential_fan_out`, `wait_before_work`, …"""
    what: str
    """The evidence in one sentence, with numbers."""
    cost: int
    """Nanoseconds of the trace at stake: about what a fix could save."""
    spans: list[int]
    """Ids of the spans that show it, the first one first."""
    lesson: str
    """The folder of the lesson that deals with it."""


BATCH_LESSON = "12-batch"
PARALLELIZE_LESSON = "13-parallelize"
CACHE_LESSON = "14-cache"
CONTENTION_LESSON = "15-contention"
STREAM_LESSON = "16-stream"


def ms(nanoseconds: float) -> str:
    """Return a duration in ns as text for people: three digits, in `ms` or `s`."""
    if nanoseconds >= 1e9:
        return f"{nanoseconds / 1e9:.3g} s"
    return f"{nanoseconds / 1e6:.3g} ms"


def brief(operation: Operation) -> str:
    """Return what was called, on one short line: the resource, after the name if there is room."""
    _, name, resource = operation
    text = " ".join(resource.split()) if resource else name
    if name not in text and len(text) < 20:
        text = f"{name} {text}"
    return text if len(text) <= 60 else f"{text[:59]}…"
