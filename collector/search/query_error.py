"""The error for a search that cannot be read, with what could be meant."""

from __future__ import annotations

from typing import NamedTuple


class Edit(NamedTuple):
    """A change to a search's text that may turn it into what was meant."""

    begin: int
    end: int
    """The characters from `begin` up to `end` are replaced."""
    text: str
    """What they are replaced by."""

    def apply(self, text: str) -> str:
        """Return the changed search."""
        return f"{text[: self.begin]}{self.text}{text[self.end :]}".strip()


class QueryError(Exception):
    """A search that cannot be read; the message says where and why."""

    def __init__(self, problem: str, position: int, *edits: Edit) -> None:
        """`position` is where the search goes wrong, counted from 0. The edits lead to what may be
        meant, the likeliest first."""
        super().__init__(f"the search cannot be read at character {position + 1}: {problem}")
        self.problem = problem
        self.position = position
        self.edits = edits
