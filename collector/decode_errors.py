"""What `msgspec` raises for bytes that it cannot decode."""

from __future__ import annotations

import msgspec

DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""To be caught around every decoding of what others sent or a disk returned: for text that is not
UTF-8 and for values nested a thousand deep there are exceptions besides `msgspec`'s own."""
