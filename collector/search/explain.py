"""What the collector makes of a search: for people who are not sure what they typed."""

from __future__ import annotations

import re

from collector.search.doubts import doubts
from collector.search.id_lookup import find_named
from collector.search.parser import parse
from collector.search.pasted_id import NO_ID, pasted_id
from collector.search.query_error import QueryError
from collector.search.synthetic_requests import asked_for
from collector.search.write import write
from collector.store.trace_store import TraceStore

_OF_STYLE = re.compile(r"[\s\"()]|\bAND\b")


def open_named(store: TraceStore, text: str) -> dict[str, object] | None:
    """Return the answer of `/api/search` if the whole text is the id of a stored trace or span;
    None otherwise."""
    ids = pasted_id(text)
    named = find_named(store, ids) if ids != NO_ID else None
    if named is None:
        return None
    opens = {"trace_id": named.stored.trace_id, "span_id": named.span_id}
    return {"opens": opens, "is_id": True, "reads_as": text, "as_typed": True, "doubts": []}


def explain(store: TraceStore, text: str) -> dict[str, object]:
    """Return the answer of `/api/search` to any other text. Raises `QueryError` if it cannot be
    read."""
    reads_as = plain(text)
    return {
        "opens": None,
        "is_id": pasted_id(text) != NO_ID,
        "reads_as": reads_as,
        "as_typed": _without_style(reads_as) == _without_style(text),
        "doubts": [doubt._asdict() for doubt in doubts(store, text)],
    }


def plain(text: str) -> str:
    """Return the search in its plainest form. Raises `QueryError` if it cannot be read."""
    written = write(parse(text))
    left = asked_for(written)
    if lost := " ".join(f"{key}:any" for key in asked_for(text) if key not in left):
        written = f"({written}) {lost}" if " OR " in written else f"{written} {lost}"
    written = written.strip()
    try:
        parse(written)
    except QueryError:  # it is longer in this form than a search may be
        return text
    return written


def _without_style(text: str) -> str:
    return _OF_STYLE.sub("", re.sub(r"\bNOT\s+", "-", text)).casefold()
