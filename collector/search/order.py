"""The orders in which a search can return its traces, and the cursor to the next page."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import msgspec

from collector.decode_errors import DECODE_ERRORS


class Order(NamedTuple):
    """A column to sort by, and the direction."""

    column: str
    descending: bool

    @property
    def before_all(self) -> tuple[int, str]:
        """A value of the column and a trace id that come before those of every trace."""
        return (2**63 - 1, "\U0010ffff") if self.descending else (-(2**63), "")


ORDERS = {
    "newest": Order("start", True),
    "oldest": Order("start", False),
    "slowest": Order("duration", True),
    "fastest": Order("duration", False),
}


class Cursor(msgspec.Struct, array_like=True):
    """The last trace of a page, and what the first page counted."""

    order: str
    key: int
    """The trace's start (ns since 1970) or duration (ns), whichever the order sorts by."""
    trace_id: str
    matched: int
    """Matches that the first page counted."""
    exact: bool
    """Whether there are exactly that many."""

    def encode(self) -> str:
        """Return the cursor as opaque text for a URL."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def read_cursor(text: str, order: str) -> Cursor | None:
    """Return the cursor in the text; None if it is not one of ours, or is for another order."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, ValueError, *DECODE_ERRORS):
        return None
    fits = cursor.order == order and abs(cursor.key) < 2**63
    return cursor if fits else None
