"""Numbers of things in words.

Rooms don't import each other, so several have such a function; a test has all of them say the same.
"""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 span`, `12,345 spans`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
