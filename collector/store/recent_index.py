"""The index of the newest traces, in memory until there are enough of them to flush to disk."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from collector.model import TagValue, number_text
from collector.name_template import template_of
from collector.store.index_terms import (
    FIELDS,
    NAMING_FIELDS,
    Alike,
    Features,
    Tag,
    Tags,
    operation_term,
    shared_tags,
    tag_term,
    term,
)

MAX_RESOURCES = 200
"""Resources kept per operation, the most recent ones, each time the index is flushed."""


class RecentIndex:
    """An inverted index: for each feature, the row numbers of the traces that have it.

    One thread adds while others look things up: they only ever see lists that grow.
    """

    def __init__(self) -> None:
        self.spans = 0
        self.alike: dict[Alike, AlikeSpans] = {}
        self.shared_tags: dict[Alike, Tags] = {}
        """The tags that all spans have that are alike: ever fewer, and never changed in place."""
        self.tags: dict[Tag, list[int]] = {}

    def add(self, row: int, features: Features, spans: int) -> None:
        """Index the features of trace number `row`, found in this many spans."""
        self.spans += spans
        for alike, in_common in features.alike.items():
            spans_alike = self.alike.get(alike)
            if spans_alike is None:
                spans_alike = AlikeSpans(array("I"), array("q"), array("q"))
                self.shared_tags[alike] = in_common.tags
                self.alike[alike] = spans_alike
            elif not (shared := self.shared_tags[alike]).items() <= in_common.tags.items():
                self.shared_tags[alike] = shared_tags(shared, in_common.tags)
            rows, all_shortest, all_longest = spans_alike
            all_shortest.append(in_common.shortest)
            all_longest.append(in_common.longest)
            rows.append(row)  # last: readers look at as many as there are rows
        for tag in features.tags:
            rows_with_tag = self.tags.get(tag)
            if rows_with_tag is None:
                self.tags[tag] = [row]
            else:
                rows_with_tag.append(row)

    def with_field(self, field: str, matches: Callable[[str], bool]) -> set[int]:
        """Return the traces with a span whose `field` (one of `FIELDS`) matches."""
        position = FIELDS.index(field)
        return _union(
            spans.rows for alike, spans in list(self.alike.items()) if matches(str(alike[position]))
        )

    def with_tag(self, key: str, matches: Callable[[str], bool]) -> set[int]:
        """Return the traces with a span that has this tag with a matching value."""
        return _union(
            rows
            for (tag, value), rows in list(self.tags.items())
            if tag == key and matches(number_text(value))
        )

    def with_tag_value(self, key: str, value: str) -> set[int]:
        """Return the traces with a span that has exactly this tag, be it text or number."""
        candidates: list[Tag] = [(key, value)]
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
            as_number: TagValue = int(value) if number.is_integer() else number
            if number_text(as_number) == value:
                candidates.append((key, as_number))
        return _union(self.tags.get(tag, []) for tag in candidates)

    def resources(self) -> list[SeenResource]:
        """Return the `MAX_RESOURCES` most recent resources of each operation, as templates."""
        latest: dict[tuple[str, str, str, str], int] = {}
        for (service, name, resource, type_, _), spans in list(self.alike.items()):
            named = service, template_of(name), type_, template_of(resource)
            latest[named] = max(spans.rows[-1], latest.get(named, 0))
        by_operation: dict[tuple[str, str, str], list[SeenResource]] = {}
        for named, row in latest.items():
            by_operation.setdefault(named[:3], []).append(SeenResource(*named, row))
        recent = (
            sorted(resources, key=attrgetter("row"))[-MAX_RESOURCES:]
            for resources in by_operation.values()
        )
        return sorted(chain.from_iterable(recent))

    def terms(self) -> dict[str, bytes]:
        """Return the whole index by term: for each, the rows of its traces as `array("I")`."""
        index: dict[str, set[int]] = {}
        for (service, name, resource, type_, _), spans in self.alike.items():
            for kind, text in zip(FIELDS, (service, name, resource, type_), strict=True):
                index.setdefault(term(kind, text), set()).update(spans.rows)
                if kind in NAMING_FIELDS and (template := template_of(text)) != text:
                    index.setdefault(term(kind, template), set()).update(spans.rows)
            operation = operation_term(service, template_of(name), type_)
            index.setdefault(operation, set()).update(spans.rows)
        for (key, value), rows in self.tags.items():
            index.setdefault(term("key", key), set()).update(rows)
            index.setdefault(tag_term(key, value), set()).update(rows)
        return {text: array("I", sorted(rows)).tobytes() for text, rows in sorted(index.items())}


class AlikeSpans(NamedTuple):
    """The durations of spans that are alike, one entry for each part of a trace with such spans."""

    rows: array[int]
    """Row numbers of the traces."""
    shortest: array[int]
    """The shortest such span of each, ns."""
    longest: array[int]
    """The longest such span of each, ns."""


class SeenResource(NamedTuple):
    """A resource as seen with an operation, both as templates (`collector.name_template`), and the
    latest trace it was seen in."""

    service: str
    name: str
    type: str
    resource: str
    row: int
    """Row number of that trace."""


def _union(row_lists: Iterable[Iterable[int]]) -> set[int]:
    union: set[int] = set()
    for rows in row_lists:
        union.update(rows)
    return union
