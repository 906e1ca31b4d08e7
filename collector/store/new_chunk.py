"""Spans of a trace that have just been stored, as those are told who do something with them."""

from __future__ import annotations

from typing import Protocol


class NewChunk(Protocol):
    """Spans of one trace that had not been stored before."""

    @property
    def trace_id(self) -> str:
        """The id of the trace."""

    @property
    def blob(self) -> bytes:
        """The spans as msgpack."""

    @property
    def span_count(self) -> int:
        """How many spans there are."""
