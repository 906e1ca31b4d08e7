"""How large anything received may be. Whatever is stated here is enforced, nothing else is."""

from __future__ import annotations

BODY = 16 * 1024 * 1024
"""Bytes of a request's body as sent. One byte more is answered with 413."""

DECOMPRESSED = 64 * 1024 * 1024
"""Bytes of a body after decompression; a bomb is stopped here and answered with 413."""

ITEMS = 200_000
"""Traces of a payload, and spans of one of its traces. Keeps a body of empty lists, which cost
56 times their size in memory, from eating the machine."""

TAGS = 1_000
"""Tags of a span, attributes of an event; events of a span; links of a span. Rest is dropped."""

KEY = 200
"""Characters of a tag's key. Longer ones are cut, as all texts below, and end in an ellipsis."""

NAME = 500
"""Characters of a service, an operation's name, a type, an event's name."""

RESOURCE = 20_000
"""Characters of a resource: SQL statements are long."""

VALUE = 100_000
"""Characters of a tag's value: stack traces are long."""

MOMENT = 2**62
"""Nanoseconds: starts and durations lie below, so that their sum still is a signed 64-bit number.
As a moment it is in the year 2116."""


def cut(text: str, limit: int) -> str:
    """The text, with an ellipsis for whatever is beyond the limit."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
