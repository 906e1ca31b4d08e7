"""The fields of our spans that other formats do not have, as attributes on their way out and back.

Resource and type are ours and Datadog's, whose names for them these are. A span with all three
attributes comes from an export of ours, so nothing about it needs to be derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from collector.model import Span, TagValue

RESOURCE = "resource.name"
TYPE = "span.type"
STATUS = "span.error"
"""Whether a span failed: `0`, `1`, or `ADDED`."""
ADDED = "added"
"""The span failed, and its tag `error` was added so that others see it."""
NAME = "span.name"
"""The span's name, for a format in which only the service has one (X-Ray)."""
ERROR = "error"
"""Zipkin's and OpenTracing's tag of a span that failed."""


class OwnFields(NamedTuple):
    """What the attributes of an exported span say."""

    resource: str
    type: str
    error: int
    tags: dict[str, TagValue]
    """All other attributes."""


def attributes_of(span: Span) -> dict[str, TagValue]:
    """Return a span's tags and our own fields, for a format that has a status."""
    return {**span.tags, RESOURCE: span.resource, TYPE: span.type, STATUS: span.error}


def attributes_with_status(span: Span) -> dict[str, TagValue]:
    """Return a span's tags and our own fields, for a format in which a tag `error` is the
    status."""
    attributes = attributes_of(span)
    if span.error and ERROR not in attributes:
        attributes |= {ERROR: "true", STATUS: ADDED}
    return attributes


def own_fields(tags: Mapping[str, TagValue]) -> OwnFields | None:
    """Return the fields of a span that was exported by us, None if it was not."""
    if not (RESOURCE in tags and TYPE in tags and STATUS in tags):
        return None
    left = dict(tags)
    resource, type_, status = (str(left.pop(key)) for key in (RESOURCE, TYPE, STATUS))
    if status == ADDED:
        left.pop(ERROR, None)
    return OwnFields(resource, type_, 0 if status == "0" else 1, left)
