"""What was strange about the spans received."""

from __future__ import annotations

from typing import NamedTuple


class Oddity(NamedTuple):
    """One strange thing, and the span it was seen on."""

    kind: str
    """`orphan`, `duplicate`, `cycle`, `many_roots`, `no_root` or `clock_skew`."""
    span_id: int
    what: str
    """The same in words, for people."""
