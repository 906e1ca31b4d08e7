"""What can be meant by a search that cannot be read."""

from __future__ import annotations

from collector.search.parser import parse
from collector.search.query_error import Edit, QueryError

MAX_FURTHER_EDITS = 5
"""Mistakes beyond the first one that are corrected."""


def corrected(text: str, error: QueryError) -> list[str]:
    """Return searches that can be read and that may be meant, the likeliest first."""
    readable = (_readable(text, edit) for edit in error.edits)
    return list(dict.fromkeys(search for search in readable if search))


def _readable(text: str, edit: Edit) -> str:
    """Return the search after this edit, and after those that are needed then; "" if that does not
    help."""
    for _ in range(1 + MAX_FURTHER_EDITS):
        text = edit.apply(text)
        try:
            parse(text)
        except QueryError as further:
            if not further.edits:
                return ""
            edit = further.edits[0]
        else:
            return text
    return ""
