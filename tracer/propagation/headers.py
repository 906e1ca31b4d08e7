"""What the formats read: headers by their names in lower case."""

from __future__ import annotations

from typing import Protocol


class Headers(Protocol):
    """A request's headers: a dict, or whatever else looks them up."""

    def get(self, name: str, default: str, /) -> str:
        """Return the value of a header whose name is given in lower case, or `default`."""
