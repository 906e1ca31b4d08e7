"""What `msgspec` raises about bytes that are not what they should be."""

from __future__ import annotations

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Catch all of these around every decoding of what others sent or a disk gave back: text that is no
UTF-8 and values nested a thousand deep have exceptions of their own."""
