"""Trace and span ids as people and addresses write them."""

from __future__ import annotations

from collector.http.answers import RefusedError


def trace_id_of(text: str) -> str:
    """The 32 hex digits of a trace id, leading zeros added. Raises `RefusedError`."""
    return _hex(text, 32, "trace")


def span_id_of(text: str) -> int:
    """The number behind a span id's 16 hex digits. Raises `RefusedError`."""
    return int(_hex(text, 16, "span"), 16)


def _hex(text: str, digits: int, what: str) -> str:
    lower = text.lower()
    if not 0 < len(lower) <= digits or lower.strip("0123456789abcdef"):
        raise RefusedError(400, f"{text[:40]!r} is no {what} id: it has up to {digits} hex digits")
    return lower.zfill(digits)
