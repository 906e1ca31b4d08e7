"""Why a trace was kept."""

from __future__ import annotations

from typing import NamedTuple

KEPT_TAG = "sampling.kept"
"""The tag that says why a trace was kept at its tail."""


class WhyKept(NamedTuple):
    """Why a trace was kept, where not all are."""

    reason: str
    probability: float
    """With which traces like it are kept."""
