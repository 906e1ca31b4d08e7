"""How large anything received may be. All limits stated here are enforced, and there are no
others."""

from __future__ import annotations

BODY_BYTES = 16 * 1024 * 1024
"""Size of a request's body as sent. A larger one is answered with 413."""

DECOMPRESSED_BYTES = 64 * 1024 * 1024
"""Size of a body after decompression; a zip bomb is stopped here and answered with 413."""

ITEMS = 200_000
"""Traces of a payload, and spans of all of them. Keeps a body of empty lists, which cost
56 times their size in memory, from eating the machine."""

SPAN_BYTES = 4 * 1024 * 1024
"""Size of a span of OTLP in JSON, which is decoded as a whole. A larger one is rejected."""

TAGS = 1_000
"""Tags of a span, attributes of an event, events of a span, links of a span. Any others are
dropped."""

KEY_CHARS = 200
"""Length of a tag's key. A longer one is cut and ends in an ellipsis, like all texts below."""

NAME_CHARS = 500
"""Length of a service, an operation's name, a type, an event's name."""

RESOURCE_CHARS = 20_000
"""Length of a resource: SQL statements are long."""

VALUE_CHARS = 100_000
"""Length of a tag's value: stack traces are long."""

NANOSECONDS = 2**62
"""Starts and durations are below this, so that their sum is still a signed 64-bit number. As a
moment it is in the year 2116."""


def cut_time(nanoseconds: int) -> int:
    """Return a start or a duration, cut off where it is out of range. Such a time is impossible
    (`collector.impossible_time`), but its span is worth keeping all the same."""
    if -NANOSECONDS <= nanoseconds < NANOSECONDS:
        return nanoseconds
    return -NANOSECONDS if nanoseconds < 0 else NANOSECONDS - 1


def cut(text: str, max_chars: int) -> str:
    """Return the text, with an ellipsis in place of whatever is beyond the limit."""
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
