"""The number that a tag's value is, as searches compare it."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[-+]?\d{1,300}(?:\.\d{1,300})?(?:[eE][-+]?\d{1,3})?", re.ASCII)


def number_in(text: str) -> float | None:
    """Return the number that a value is, be it stored as one or as text; None if it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None
