"""Index terms: the texts that a trace can be found by.

`service⎵web` says that some span of the trace is of that service, `tag⎵cache.hit⎵false` that some
span has that tag. The separator ⎵ (U+001F) sorts before every printable character, so all values of
a tag are adjacent in an index, and so are all values with the same beginning.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.model import Span, TagValue, number_text
from collector.trace_summary import NO_START

SEPARATOR = "\x1f"
MAX_TERM_CHARS = 256
"""Characters of a term. A longer one is cut here and ends in a hash of the whole."""

FIELDS = ("service", "name", "resource", "type")
NAMING_FIELDS = ("name", "resource")
"""Those that a trace is also found by under their template (`collector.name_template`)."""
Tag = tuple[str, TagValue]
Tags = dict[str, TagValue]
Alike = tuple[str, str, str, str, int]
"""What spans have in common that are alike: the values of `FIELDS`, and whether they are errors."""
Operation = tuple[str, str, str]
"""Service, template of the name (`collector.name_template`), and type."""


class InCommon(msgspec.Struct, gc=False):
    """What spans of a trace that are alike have in common."""

    shortest: int
    """Duration of the shortest of them, ns; `NO_START` if all of their times are impossible."""
    longest: int
    """Duration of the longest of them, ns; -1 if all of their times are impossible."""
    tags: Tags
    """The tags that every one of them has."""


class Features(NamedTuple):
    """What traces can be told apart by, before it becomes text: most features have been seen
    before, so looking them up is enough."""

    alike: dict[Alike, InCommon]
    tags: set[Tag]


def features_of(spans: list[Span]) -> Features:
    """Return the distinct features of these spans."""
    return Features(_in_common(spans), {tag for span in spans for tag in span.tags.items()})


def _in_common(spans: list[Span]) -> dict[Alike, InCommon]:
    in_common: dict[Alike, InCommon] = {}
    for span in spans:
        alike = (span.service, span.name, span.resource, span.type, span.error)
        shortest = longest = span.duration
        if span.arrived:
            shortest, longest = NO_START, -1
        known = in_common.get(alike)
        if known is None:
            in_common[alike] = InCommon(shortest, longest, span.tags)
            continue
        if shortest < known.shortest:
            known.shortest = shortest
        if longest > known.longest:
            known.longest = longest
        if not known.tags.items() <= span.tags.items():
            known.tags = shared_tags(known.tags, span.tags)
    return in_common


def shared_tags(some: Tags, others: Tags) -> Tags:
    """Return the tags that are in both."""
    return {key: value for key, value in some.items() if key in others and others[key] == value}


def tag_term(key: str, value: TagValue) -> str:
    """Return the term of a tag with this value."""
    return term("tag", key, number_text(value))


def operation_term(service: str, name: str, type_: str) -> str:
    """Return the term of an operation."""
    return term("operation", service, name, type_)


def term(kind: str, *values: str) -> str:
    """Return the term of this kind with these values."""
    whole = SEPARATOR.join((kind, *map(_escape, values)))
    if len(whole) <= MAX_TERM_CHARS:
        return whole
    digest = blake2b(whole.encode(), digest_size=8).hexdigest()
    return f"{whole[:MAX_TERM_CHARS]}{SEPARATOR}{digest}"


def prefix(kind: str, *values: str) -> str:
    """Return what all terms begin with whose last value begins with the last of these values.

    It is cut where terms are, and then is the beginning of other terms, too.
    """
    return SEPARATOR.join((kind, *map(_escape, values)))[:MAX_TERM_CHARS]


def values_of(text: str) -> list[str]:
    """Return the values in a term that was not cut."""
    return [_unescape(value) for value in text.split(SEPARATOR)[1:]]


def _escape(value: str) -> str:
    if SEPARATOR in value or "\x1e" in value:
        return value.replace("\x1e", "\x1e0").replace(SEPARATOR, "\x1e1")
    return value


def _unescape(value: str) -> str:
    return value.replace("\x1e1", SEPARATOR).replace("\x1e0", "\x1e")
