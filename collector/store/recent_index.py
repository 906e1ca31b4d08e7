"""The index of the newest traces, in memory until there are enough of them to write down."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, TypeVar

from collector.model import TagValue
from collector.store.index_terms import (
    FIELDS,
    Features,
    Fields,
    Tag,
    operation_term,
    tag_term,
    term,
)
from collector.trace_summary import number_text

Feature = TypeVar("Feature", Fields, Tag)

SEEN_MOST = 200
"""Resources noted per operation each time the tail is written down; the most recent ones."""


class Tail:
    """An inverted index: for each feature the numbers of the traces that have it.

    One thread adds while others look things up: they only ever see lists that grow.
    """

    def __init__(self) -> None:
        self.spans = 0
        self.fields: dict[Fields, list[int]] = {}
        self.tags: dict[Tag, list[int]] = {}

    def add(self, row: int, features: Features, spans: int) -> None:
        """Note the features of trace number `row`."""
        self.spans += spans
        _note(self.fields, features.fields, row)
        _note(self.tags, features.tags, row)

    def with_field(self, kind: str, holds: Callable[[str], bool]) -> set[int]:
        """The traces with a span whose field (one of `FIELDS`) is so."""
        place = FIELDS.index(kind)
        return _union(rows for fields, rows in list(self.fields.items()) if holds(fields[place]))

    def with_tag(self, key: str, holds: Callable[[str], bool]) -> set[int]:
        """The traces with a span that has this tag with such a value."""
        return _union(
            rows
            for (tag, value), rows in list(self.tags.items())
            if tag == key and holds(number_text(value))
        )

    def with_tag_value(self, key: str, value: str) -> set[int]:
        """The traces with a span that has this very tag, be it text or number."""
        candidates: list[Tag] = [(key, value)]
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
            same: TagValue = int(value) if number.is_integer() else number
            if number_text(same) == value:
                candidates.append((key, same))
        return _union(self.tags.get(tag, []) for tag in candidates)

    def with_operation(self, service: str, name: str, type_: str) -> set[int]:
        """The traces with a span of this operation."""
        operation = (service, name, type_)
        return _union(
            rows
            for fields, rows in list(self.fields.items())
            if (fields[0], fields[1], fields[3]) == operation
        )

    def seen(self) -> list[Seen]:
        """The resources seen with each operation, the most recent `SEEN_MOST` of them."""
        by_operation: dict[tuple[str, str, str], list[Seen]] = {}
        for (service, name, resource, type_), rows in list(self.fields.items()):
            seen = Seen(service, name, type_, resource, rows[-1])
            by_operation.setdefault(seen[:3], []).append(seen)
        recent = (
            sorted(seen, key=attrgetter("row"))[-SEEN_MOST:] for seen in by_operation.values()
        )
        return sorted(chain.from_iterable(recent))

    def terms(self) -> dict[str, bytes]:
        """All of it as an index by text: for each term the traces as `array("I")`."""
        index: dict[str, set[int]] = {}
        for fields, rows in self.fields.items():
            service, name, _, type_ = fields
            for kind, text in zip(FIELDS, fields, strict=True):
                index.setdefault(term(kind, text), set()).update(rows)
            index.setdefault(operation_term(service, name, type_), set()).update(rows)
        for (key, value), rows in self.tags.items():
            index.setdefault(term("key", key), set()).update(rows)
            index.setdefault(tag_term(key, value), set()).update(rows)
        return {each: array("I", sorted(rows)).tobytes() for each, rows in sorted(index.items())}


class Seen(NamedTuple):
    """A resource as seen with an operation, and the latest trace it was seen in."""

    service: str
    name: str
    type: str
    resource: str
    row: int


def _note(index: dict[Feature, list[int]], features: set[Feature], row: int) -> None:
    for feature in features:
        rows = index.get(feature)
        if rows is None:
            index[feature] = [row]
        else:
            rows.append(row)


def _union(many: Iterable[Iterable[int]]) -> set[int]:
    union: set[int] = set()
    for rows in many:
        union.update(rows)
    return union
