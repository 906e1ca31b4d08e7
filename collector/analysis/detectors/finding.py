"""A kind of trouble, found in a trace, with the evidence."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One thing that makes a trace slow."""

    kind: str
    """`n_plus_one`, `sequential_fan_out`, `wait_before_work`, …: the detector's name."""
    what: str
    """The evidence in one sentence, with numbers."""
    cost: int
    """Nanoseconds of the trace at stake: about what a cure could save."""
    spans: list[int]
    """Ids of the spans that show it, the first one first."""
    lesson: str
    """The folder of the lesson that treats it."""


BATCH = "12-batch"
PARALLELIZE = "13-parallelize"
CACHE = "14-cache"
CONTENTION = "15-contention"
STREAM = "16-stream"


def ms(nanoseconds: float) -> str:
    """A duration for people: three digits, `ms` or `s`."""
    if nanoseconds >= 1e9:
        return f"{nanoseconds / 1e9:.3g} s"
    return f"{nanoseconds / 1e6:.3g} ms"


def brief(name: str, resource: str) -> str:
    """What was called, on one short line: the resource, after the name where there is room."""
    text = " ".join(resource.split()) if resource else name
    if name not in text and len(text) < 20:
        text = f"{name} {text}"
    return text if len(text) <= 60 else f"{text[:59]}…"
