"""How each number on a page is computed: asked for where it stands, and printed as footnotes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Note(NamedTuple):
    """One explanation with its number on the page."""

    number: int
    text: str


class Notes:
    """The explanations that came with some answers of the collector, by `answer.kind`."""

    def __init__(self, **answers: Mapping[str, str]) -> None:
        self._texts = {
            f"{answer}.{kind}": str(text)
            for answer, how in answers.items()
            for kind, text in how.items()
        }
        self._numbers: dict[str, int] = {}

    def note(self, key: str) -> Note | None:
        """The explanation of a number, None where there is none; equal texts share a number."""
        text = self._texts.get(key)
        if text is None:
            return None
        return Note(self._numbers.setdefault(text, len(self._numbers) + 1), text)

    def used(self) -> list[Note]:
        """All that were asked for so far, in the order of their numbers."""
        return [Note(number, text) for text, number in self._numbers.items()]
