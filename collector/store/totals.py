"""How much is stored."""

from __future__ import annotations

from typing import NamedTuple


class Totals(NamedTuple):
    """How much is stored."""

    spans: int
    traces: int
    bytes: int
    """Size of all files on disk."""
    oldest: int
    """The first start, ns since 1970; 0 if nothing is stored."""
    newest: int
    """The last end, ns since 1970; 0 if nothing is stored."""
    dropped_spans: int
    """Spans dropped by retention since the start."""
