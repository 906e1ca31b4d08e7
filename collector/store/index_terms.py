"""Terms: the texts that a trace can be found by.

`service⎵web` says that some span of the trace is of that service, `tag⎵cache.hit⎵false` that some
span has that tag. The separator ⎵ (U+001F) sorts before every printable character, so all values of
a tag lie side by side in an index, and so do all that begin alike.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from collector.model import Span, TagValue
from collector.trace_summary import number_text

SEPARATOR = "\x1f"
LONGEST = 256
"""Characters of a term. A longer one is cut here and ends in a hash of the whole."""

FIELDS = ("service", "name", "resource", "type")
Fields = tuple[str, str, str, str]
"""What a span says in its `FIELDS`."""
Tag = tuple[str, TagValue]


class Features(NamedTuple):
    """What distinguishes a trace, before it becomes text: most features have been seen before, so
    that they only have to be looked up."""

    fields: set[Fields]
    tags: set[Tag]


def features_of(spans: list[Span]) -> Features:
    """The distinct features of these spans."""
    tags: set[Tag] = set()
    for span in spans:
        tags.update(span.tags.items())
    return Features({(s.service, s.name, s.resource, s.type) for s in spans}, tags)


def tag_term(key: str, value: TagValue) -> str:
    """The term of a tag with this value."""
    return term("tag", key, number_text(value))


def operation_term(service: str, name: str, type_: str) -> str:
    """The term of an operation."""
    return term("operation", service, name, type_)


def term(kind: str, *values: str) -> str:
    """The text of a term."""
    whole = SEPARATOR.join((kind, *map(_escape, values)))
    if len(whole) <= LONGEST:
        return whole
    digest = blake2b(whole.encode(), digest_size=8).hexdigest()
    return f"{whole[:LONGEST]}{SEPARATOR}{digest}"


def prefix(kind: str, *values: str) -> str:
    """What all terms begin with whose last value begins with the last one given. Cut where terms
    are, so that it then covers others too."""
    return SEPARATOR.join((kind, *map(_escape, values)))[:LONGEST]


def values_of(text: str) -> list[str]:
    """The values in the text of a term that is not cut."""
    return [_unescape(value) for value in text.split(SEPARATOR)[1:]]


def _escape(value: str) -> str:
    if SEPARATOR in value or "\x1e" in value:
        return value.replace("\x1e", "\x1e0").replace(SEPARATOR, "\x1e1")
    return value


def _unescape(value: str) -> str:
    return value.replace("\x1e1", SEPARATOR).replace("\x1e0", "\x1e")
