"""The orders in which a search can give its traces, and the places where it can go on."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import msgspec


class Order(NamedTuple):
    """By which column, and which way."""

    column: str
    descending: bool


ORDERS = {
    "newest": Order("start", True),
    "oldest": Order("start", False),
    "slowest": Order("duration", True),
    "fastest": Order("duration", False),
}


class Cursor(msgspec.Struct, array_like=True):
    """Behind which trace to go on, and what the first page counted."""

    order: str
    key: int
    """The trace's start or duration."""
    trace_id: str
    matched: int
    exact: bool

    def encode(self) -> str:
        """As opaque text for an address."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def read_cursor(text: str, order: str) -> Cursor | None:
    """The cursor in the text; `None` if it is none of ours, or was made for another order."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    fits = cursor.order == order and abs(cursor.key) < 2**63
    return cursor if fits else None
