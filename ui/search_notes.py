"""What the collector says about a search that somebody typed: how it was read, what may have been
meant, and which trace it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.client import RefusedError
from ui.links import link, link_with

Correction = tuple[str, str]
"""A search that may be meant, and the address of the current screen with it."""


@dataclass(frozen=True)
class Complaint:
    """Why the collector cannot answer."""

    text: str
    corrections: list[Correction]


@dataclass(frozen=True)
class SearchNotes:
    """What there is to say about a search that can be read."""

    plain: str
    """The search in its plainest form."""
    reads_as: str
    """The same; empty if it was typed like that."""
    opens: str
    """The address of the trace that it names; empty if it names none."""
    is_unknown_id: bool
    """Whether it is the id of a trace or a span that is not stored."""
    doubts: list[Complaint]
    """What is wrong with terms that nothing stored can match."""

    def __bool__(self) -> bool:
        """Return whether there is anything to say."""
        return bool(self.reads_as or self.opens or self.is_unknown_id or self.doubts)


def complaint_from(refusal: RefusedError) -> Complaint:
    """Return what the collector says about a search that it cannot read."""
    if refusal.position is None:
        return Complaint(str(refusal), [])
    set_name = f"{refusal.parameter[0].upper()}, " if refusal.parameter != "q" else ""
    place = f"{set_name}at character {refusal.position + 1}: "
    corrections = _corrections(refusal.searches, refusal.parameter)
    return Complaint(place[0].upper() + place[1:] + refusal.problem, corrections)


def notes_from(answer: Mapping[str, Any], parameter: str) -> SearchNotes:
    """Return the notes in an answer of `/api/search` about the search in this parameter of the
    address."""
    opens = answer["opens"]
    return SearchNotes(
        answer["reads_as"],
        "" if answer["as_typed"] else answer["reads_as"],
        link(f"/trace/{opens['trace_id']}", span=opens["span_id"]) if opens else "",
        answer["is_id"] and not opens,
        [
            Complaint(doubt["message"], _corrections(doubt["searches"], parameter))
            for doubt in answer["doubts"]
        ],
    )


def _corrections(searches: list[str], parameter: str) -> list[Correction]:
    return [(search, link_with({parameter: search})) for search in searches]
