"""A search's syntax tree written as a search."""

from __future__ import annotations

import re

from collector.model import number_text
from collector.search.ast import (
    EVERYTHING,
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    Or,
    RootDuration,
    RootField,
    RouteError,
    RouteField,
    SameSpan,
    SpanDuration,
    Tag,
    TagNumber,
    Text,
    TraceId,
    TraceIdHalf,
    Word,
)
from collector.search.keys import meanings
from collector.search.pasted_id import NO_ID, WHOLE_DIGITS, pasted_id
from collector.search.tokens import METHODS

_PLAIN = re.compile(r"\w(?:[\w./-]*[\w/-])?")
_CONNECTIVES = ("or", "and", "not")
_UNITS = {"h": 3_600 * 10**9, "min": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3}


def write(node: Node) -> str:
    """Return a search that means the same; "" if it is everything."""
    return "" if node == EVERYTHING else _written(node)


def quoted(text: str) -> str:
    """Return the text in quotes, with quotes and backslashes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_key(key: str) -> str:
    """Return the key of a tag, in quotes if it means something else without."""
    is_plain = _PLAIN.fullmatch(key) and len(meanings(key, key.casefold())) == 1
    return key if is_plain and not meanings(key, key.casefold())[0].is_own else quoted(key)


def _written(node: Node) -> str:
    if node == EVERYTHING:
        return "*"
    if isinstance(node, And):
        return " ".join(_in_parentheses(part, (And, Or)) for part in node.parts)
    if isinstance(node, Or):
        return " OR ".join(_in_parentheses(part, (Or,)) for part in node.parts)
    if isinstance(node, Not):
        return "-" + _in_parentheses(node.part, (And, Or))
    if isinstance(node, SameSpan):
        return "{" + _written(node.part) + "}"
    return _term(node)


def _in_parentheses(node: Node, kinds: tuple[type, ...]) -> str:
    needed = isinstance(node, kinds) and node != EVERYTHING
    return f"({_written(node)})" if needed else _written(node)


def _term(node: Node) -> str:
    if isinstance(node, Field):
        return f"{node.field}:{_text(node.text)}"
    if isinstance(node, RootField):
        return f"root.{node.field}:{_text(node.text)}"
    if isinstance(node, RouteField):
        return f"route.{node.field}:{_text(node.text)}"
    if isinstance(node, Tag):
        return f"{write_key(node.key)}:{_text(node.text)}"
    if isinstance(node, TagNumber):
        return f"{write_key(node.key)}:{node.comparison}{_number(node.number)}"
    if isinstance(node, Word):
        return _word(node.folded)
    if isinstance(node, Error):
        return f"error:{int(node.some)}"
    if isinstance(node, RouteError):
        return f"route.error:{int(node.failed)}"
    if isinstance(node, SpanDuration):
        return f"span.duration:{node.comparison}{_duration(node.nanoseconds)}"
    if isinstance(node, RootDuration):
        return f"root.duration:{node.comparison}{_duration(node.nanoseconds)}"
    if isinstance(node, Measure):
        value = _duration(node.value) if node.measure == "duration" else str(node.value)
        return f"{node.measure}:{node.comparison if node.comparison != '=' else ''}{value}"
    if isinstance(node, TraceId):
        return f"trace:{node.prefix}" + "*" * (len(node.prefix) < WHOLE_DIGITS)
    if isinstance(node, TraceIdHalf):
        return f"trace:*{node.digits}"
    raise TypeError(f"no term for {type(node).__name__}")


def _text(text: Text) -> str:
    if not text.value and text.prefix:
        return "*"
    is_plain = _PLAIN.fullmatch(text.value) and text.value.upper() not in METHODS
    return (text.value if is_plain else quoted(text.value)) + "*" * text.prefix


def _word(folded: str) -> str:
    is_plain = _PLAIN.fullmatch(folded) and folded not in _CONNECTIVES
    return folded if is_plain and pasted_id(folded) == NO_ID else quoted(folded)


def _number(number: float) -> str:
    text = number_text(number)
    return text if "e" not in text else f"{number:f}"


def _duration(nanoseconds: int) -> str:
    for unit, size in _UNITS.items():
        if nanoseconds and nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns"
