"""A JSON list taken apart without decoding its items, and without ever holding very many."""

from __future__ import annotations

import msgspec
from msgspec import Raw

MAX_ITEMS = 10_000
"""Items of one list."""

_NOTHING = Raw(b"")
# `msgspec` builds a list before it looks at its length. A struct that is written as a list has room
# for so many fields, and the first one too many is an error.
_Slots = msgspec.defstruct(
    "_Slots",
    [(f"item_{number}", Raw, _NOTHING) for number in range(MAX_ITEMS)],
    array_like=True,
    forbid_unknown_fields=True,
    gc=False,
)
_decode = msgspec.json.Decoder(_Slots).decode


def items_of(text: bytes | Raw) -> list[Raw]:
    """Return the items of a JSON list, not decoded.

    Raises `msgspec.DecodeError` if it is none, or has more than `MAX_ITEMS`.
    """
    slots = msgspec.structs.astuple(_decode(text))
    return [item for item in slots if item is not _NOTHING]
