"""Whether a tracer keeps and sends histories, as TRACE_HISTORY and `tracer.configure` say."""

from __future__ import annotations

from typing import NamedTuple

from .header import DEFAULT_BYTES

MIN_BYTES = 100
"""Size of the smallest header that is worth sending."""
MAX_BYTES = 8_000
"""Size of the largest: Python's and other servers end at 8 kB for a line or for all."""
ASK = "ask"


class Setting(NamedTuple):
    """When there is a history, and how large its header may be."""

    always: bool
    """Whether each trace has one, or only those of requests that ask for it."""
    max_bytes: int
    """Bytes of the header; 0 if there is none."""


OFF = Setting(False, 0)


def setting_of(value: object) -> Setting:
    """Return what a value means: 0 or False is off, 1 or True is on, `ask` is on where a request
    asks for it, any other number is on, with a header of so many bytes.

    Raises `ValueError` if it means nothing.
    """
    text = str(int(value)) if isinstance(value, bool) else str(value).strip().lower()
    if text == ASK:
        return Setting(False, DEFAULT_BYTES)
    if text in ("", "0"):
        return OFF
    if text == "1":
        return Setting(True, DEFAULT_BYTES)
    if text.isdecimal() and MIN_BYTES <= int(text[:9]) <= MAX_BYTES:
        return Setting(True, int(text))
    raise ValueError(
        f"{value!r} is not 0 (off), 1 (on), ask (where a request asks for it)"
        f" or a number of bytes from {MIN_BYTES} to {MAX_BYTES}"
    )
