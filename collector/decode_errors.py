"""What `msgspec` raises for bytes that it cannot decode."""

from __future__ import annotations

import msgspec

DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""To be caught around every decoding of what others sent or a disk returned: for text that is not
UTF-8 and for values nested a thousand deep there are exceptions besides `msgspec`'s own."""


def reason_of(error: Exception) -> str:
    """Return why something could not be decoded, in words for whoever sent it.

    Python's own words for what is nested too deeply are about Python, and change with it.
    """
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
