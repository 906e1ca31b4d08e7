"""The fields of our spans that other formats do not have, as attributes on their way out and back.

Resource and type are ours (and Datadog's, whose OpenTelemetry attributes these are). A span that
has both attributes comes from an export of ours, so nothing about it needs to be derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from collector.model import Span, TagValue

RESOURCE = "resource.name"
TYPE = "span.type"
ERROR = "error"
"""Zipkin's and OpenTracing's tag of a span that failed."""
STATUS = "span.error"
"""Whether a span failed, 1 or 0: only where it has a tag `error` of its own, which may say
anything."""
MADE_UP = "true"
"""The tag `error` of a span that failed and has none."""


class OwnFields(NamedTuple):
    """What the attributes of an exported span say."""

    resource: str
    type: str
    failed: bool
    tags: dict[str, TagValue]
    """All other attributes."""


def attributes_of(span: Span) -> dict[str, TagValue]:
    """Return a span's tags and our own fields, for a format that has a status."""
    return {**span.tags, RESOURCE: span.resource, TYPE: span.type}


def attributes_with_status(span: Span) -> dict[str, TagValue]:
    """Return a span's tags and our own fields, for a format in which a tag `error` is the
    status."""
    attributes = attributes_of(span)
    if ERROR in attributes:
        attributes[STATUS] = span.error
    elif span.error:
        attributes[ERROR] = MADE_UP
    return attributes


def own_fields(tags: Mapping[str, TagValue], failed: bool | None) -> OwnFields | None:
    """Return the fields of a span that was exported by us, None if it was not.

    `failed` is None if the format has no status of its own.
    """
    if RESOURCE not in tags or TYPE not in tags:
        return None
    left = dict(tags)
    resource, type_ = str(left.pop(RESOURCE)), str(left.pop(TYPE))
    status = left.pop(STATUS, None)
    if failed is None:
        failed = ERROR in left if status is None else str(status) == "1"
        if status is None and left.get(ERROR) == MADE_UP:
            del left[ERROR]
    return OwnFields(resource, type_, failed, left)
