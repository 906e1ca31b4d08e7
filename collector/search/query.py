"""Reading a search: from text to a tree of terms."""

from __future__ import annotations

import re

from collector import limits
from collector.search.ast import (
    EVERYTHING,
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    Or,
    RootField,
    SameSpan,
    SpanDuration,
    Tag,
    Text,
    TraceId,
    Word,
)
from collector.search.tokens import QueryError, Token, tokens

MOST_TERMS = 100
DEEPEST = 20
"""Parentheses, braces and negations within each other."""

_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_COMPARED = re.compile(r"(>=|<=|>|<|=)?(\d{1,18}(?:\.\d{1,9})?)([a-zµμ]*)")
_FIELDS = ("service", "name", "resource", "type")
_OF_THE_TRACE = ("duration", "spans", "trace", "root.service", "root.name", "root.resource")


def parse(text: str) -> Node:
    """The search as a tree. Raises `QueryError`."""
    return _Parser(tokens(text)).parse()


class _Parser:
    """Recursive descent, one method a rule; the depth is limited, so the recursion is too."""

    def __init__(self, tokens_: list[Token]) -> None:
        self._tokens = tokens_
        self._next = 0
        self._depth = 0
        self._in_braces = False
        words = [token for token in tokens_ if token.kind == "word"]
        if len(words) > MOST_TERMS:
            raise QueryError(f"it has more than {MOST_TERMS} terms", words[MOST_TERMS].at)

    def parse(self) -> Node:
        """The whole search."""
        if self._peek().kind == "end":
            return EVERYTHING
        node = self._any()
        if self._peek().kind != "end":
            raise QueryError(f"nothing is open that {self._peek().kind!r} could close", self._at())
        return node

    def _any(self) -> Node:
        """`all OR all …`"""
        parts = [self._all()]
        while self._peek().kind == "or":
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        """`one one …`"""
        parts = [self._one()]
        while self._peek().kind not in ("or", ")", "}", "end"):
            if self._peek().kind == "and":
                self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        """A term, its negation, or something in parentheses or braces."""
        token = self._take()
        if token.kind == "word":
            return self._term(token)
        if token.kind not in ("not", "-", "(", "{"):
            what = "ends" if token.kind == "end" else f"has {token.kind.upper()!r}"
            raise QueryError(f"it {what} where a term should stand", token.at)
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"it is nested more than {DEEPEST} deep", token.at)
        if token.kind in ("not", "-"):
            node: Node = Not(self._one())
        elif token.kind == "(":
            node = self._closed(")", token)
        elif self._in_braces:
            raise QueryError("braces cannot stand in braces", token.at)
        else:
            self._in_braces = True
            node = SameSpan(self._closed("}", token))
            self._in_braces = False
        self._depth -= 1
        return node

    def _closed(self, closing: str, opening: Token) -> Node:
        node = self._any()
        if self._take().kind != closing:
            raise QueryError(f"this {opening.kind!r} is not closed", opening.at)
        return node

    def _term(self, token: Token) -> Node:
        key, value = token.key, token.value
        if key is None:
            if not value:
                raise QueryError("a word is missing", token.at)
            return Word(value.casefold())
        if not value and not token.quoted and not token.star:
            raise QueryError(f'{key}: has no value; the empty one is {key}:""', token.at)
        if self._in_braces and key in _OF_THE_TRACE:
            hint = "; the span's is span.duration" if key == "duration" else ""
            raise QueryError(
                f"{key} is of the whole trace, put it outside the braces{hint}", token.at
            )
        text = Text(value, token.star)
        if key in _FIELDS:
            return Field(key, text)
        if key.startswith("root.") and key in _OF_THE_TRACE:
            return RootField(key.removeprefix("root."), text)
        if key in ("duration", "spans", "span.duration"):
            return _comparison(key, token)
        if key == "error":
            if value not in ("0", "1"):
                raise QueryError("error is 0 or 1", token.at)
            return Error(value == "1")
        if key == "trace":
            return TraceId(_hex(token))
        return Tag(key, text)

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _at(self) -> int:
        return self._peek().at

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token


def _comparison(key: str, token: Token) -> Node:
    """`duration:>200ms`, `spans:>=100`."""
    match = _COMPARED.fullmatch(token.value)
    if match is None or token.star:
        example = "spans:>100" if key == "spans" else f"{key}:>200ms"
        raise QueryError(f"{token.value!r} is no comparison; write it like {example}", token.at)
    comparison, number, unit = match.groups()
    comparison = comparison or "="
    if key == "spans":
        if unit or "." in number:
            raise QueryError("the number of spans is a whole number", token.at)
        return Measure("spans", comparison, int(number))
    if comparison == "=":
        raise QueryError(f"{key} needs one of > >= < <=", token.at)
    if unit not in _UNITS:
        raise QueryError(f"{unit or 'no'} unit; use ns, us, ms or s", token.at)
    whole, _, fraction = number.partition(".")
    billionths = int(whole) * 10**9 + int(fraction.ljust(9, "0"))
    nanoseconds = min(billionths * _UNITS[unit] // 10**9, limits.MOMENT)
    if key == "span.duration":
        return SpanDuration(comparison, nanoseconds)
    return Measure("duration", comparison, nanoseconds)


def _hex(token: Token) -> str:
    digits = token.value.lower()
    if not 4 <= len(digits) <= 32 or digits.strip("0123456789abcdef"):
        raise QueryError("a trace id has 4 to 32 hex digits here", token.at)
    return digits
