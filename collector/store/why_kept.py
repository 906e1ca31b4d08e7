"""Why a trace was kept."""

from __future__ import annotations

from typing import NamedTuple


class WhyKept(NamedTuple):
    """Why a trace was kept, where not all are."""

    reason: str
    probability: float
    """With which traces like it are kept."""
