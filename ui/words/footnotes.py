"""How each number on a page is computed: a note beside the number, printed as a footnote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Note(NamedTuple):
    """An explanation with its number on the page."""

    number: int
    text: str


class Footnotes:
    """The explanations in some answers of the collector (their `how`), as far as they are used.

    A page asks for each by `answer.kind`, for example `graph.critical_mean`.
    """

    def __init__(self, **how: Mapping[str, str]) -> None:
        self._texts = {
            f"{answer}.{kind}": str(text)
            for answer, texts in how.items()
            for kind, text in texts.items()
        }
        self._numbers: dict[str, int] = {}

    def note(self, key: str) -> Note | None:
        """Return the explanation of a number, None if there is none. Equal texts share a number."""
        text = self._texts.get(key)
        if text is None:
            return None
        return Note(self._numbers.setdefault(text, len(self._numbers) + 1), text)

    def used(self) -> list[Note]:
        """Return all explanations asked for so far, in the order of their numbers."""
        return [Note(number, text) for text, number in self._numbers.items()]
