"""The parser: from a search's text to its syntax tree."""

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
    RootDuration,
    RootField,
    RouteError,
    RouteField,
    SameSpan,
    SpanDuration,
    Tag,
    Text,
    TraceId,
    Word,
)
from collector.search.tokens import QueryError, Token, tokens
from collector.store.index_terms import FIELDS

MAX_TERMS = 100
MAX_DEPTH = 20
"""Levels of parentheses, braces and negations within each other."""

_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(\d{1,18}(?:\.\d{1,9})?)([a-zµμ]*)")
_TRACE_KEYS = (
    "duration",
    "spans",
    "trace",
    "synthetic",
    "root.service",
    "root.name",
    "root.resource",
    "root.duration",
    "route.service",
    "route.resource",
    "route.error",
)

SYNTHETIC = Tag("user_agent.synthetic.type", Text("test"))
"""The tag of requests that a test has made."""
_SYNTHETIC_VALUES: dict[str, Node] = {"1": SYNTHETIC, "0": Not(SYNTHETIC), "any": EVERYTHING}


def parse(text: str) -> Node:
    """Return the search as a tree. Raises `QueryError` if it cannot be read."""
    return _Parser(tokens(text)).parse()


class _Parser:
    """A recursive-descent parser, one method per rule; `MAX_DEPTH` bounds the recursion."""

    def __init__(self, tokens_: list[Token]) -> None:
        self._tokens = tokens_
        self._next = 0
        self._depth = 0
        self._in_braces = False
        words = [token for token in tokens_ if token.kind == "word"]
        if len(words) > MAX_TERMS:
            raise QueryError(f"it has more than {MAX_TERMS} terms", words[MAX_TERMS].position)

    def parse(self) -> Node:
        """Read the whole search. Raises `QueryError` if it cannot be read."""
        if self._peek().kind == "end":
            return EVERYTHING
        node = self._any()
        if self._peek().kind != "end":
            raise QueryError(f"unmatched {self._peek().kind!r}", self._peek().position)
        return node

    def _any(self) -> Node:
        """Read `all OR all …`."""
        parts = [self._all()]
        while self._peek().kind == "or":
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        """Read `one one …` or `one AND one …`."""
        parts = [self._one()]
        while self._peek().kind not in ("or", ")", "}", "end"):
            if self._peek().kind == "and":
                self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        """Read a term, a negation, or something in parentheses or braces."""
        token = self._take()
        if token.kind == "word":
            return self._term(token)
        if token.kind not in ("not", "-", "(", "{"):
            what = "ends" if token.kind == "end" else f"has {token.kind.upper()!r}"
            raise QueryError(f"it {what} where a term is expected", token.position)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"it is nested more than {MAX_DEPTH} levels deep", token.position)
        if token.kind in ("not", "-"):
            node: Node = Not(self._one())
        elif token.kind == "(":
            node = self._closed(")", token)
        elif self._in_braces:
            raise QueryError("braces cannot be nested", token.position)
        else:
            self._in_braces = True
            node = SameSpan(self._closed("}", token))
            self._in_braces = False
        self._depth -= 1
        return node

    def _closed(self, closing: str, opening: Token) -> Node:
        node = self._any()
        if self._take().kind != closing:
            raise QueryError(f"this {opening.kind!r} is not closed", opening.position)
        return node

    def _term(self, token: Token) -> Node:
        key, value = token.key, token.value
        if key is None:
            if not value:
                raise QueryError("a word is missing", token.position)
            return Word(value.casefold())
        if not value and not token.quoted and not token.star:
            raise QueryError(
                f'{key}: has no value; write {key}:"" to find empty values', token.position
            )
        if self._in_braces and key in _TRACE_KEYS:
            hint = ", or use span.duration" if key == "duration" else ""
            raise QueryError(
                f"{key} is about the whole trace; put it outside the braces{hint}", token.position
            )
        text = Text(value, token.star)
        if key in FIELDS:
            return Field(key, text)
        if key in ("duration", "spans", "span.duration", "root.duration"):
            return _comparison(key, token)
        if key in ("error", "route.error"):
            if value not in ("0", "1"):
                raise QueryError(f"{key} must be 0 or 1", token.position)
            return Error(value == "1") if key == "error" else RouteError(value == "1")
        if key in ("route.service", "route.resource"):
            return RouteField(key.removeprefix("route."), text)
        if key.startswith("root.") and key in _TRACE_KEYS:
            return RootField(key.removeprefix("root."), text)
        if key == "synthetic":
            if value not in _SYNTHETIC_VALUES:
                raise QueryError("synthetic must be 0, 1 or any", token.position)
            return _SYNTHETIC_VALUES[value]
        if key == "trace":
            return TraceId(_hex(token))
        return Tag(key, text)

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token


def _comparison(key: str, token: Token) -> Node:
    """Read `duration:>200ms`, `span.duration:>50ms` or `spans:>=100`."""
    match = _COMPARISON.fullmatch(token.value)
    if match is None or token.star:
        example = "spans:>100" if key == "spans" else f"{key}:>200ms"
        raise QueryError(
            f"{token.value!r} is not a comparison; write, for example, {example}", token.position
        )
    comparison, number, unit = match.groups()
    comparison = comparison or "="
    if key == "spans":
        if unit or "." in number:
            raise QueryError("the number of spans must be a whole number", token.position)
        return Measure("spans", comparison, int(number))
    if comparison == "=":
        raise QueryError(f"{key} needs one of >, >=, < or <=", token.position)
    if unit not in _UNITS:
        problem = f"{unit} is not a unit" if unit else "the unit is missing"
        raise QueryError(f"{problem}; use ns, us, ms or s", token.position)
    whole, _, fraction = number.partition(".")
    billionths = int(whole) * 10**9 + int(fraction.ljust(9, "0"))
    nanoseconds = min(billionths * _UNITS[unit] // 10**9, limits.NANOSECONDS)
    if key == "span.duration":
        return SpanDuration(comparison, nanoseconds)
    if key == "root.duration":
        return RootDuration(comparison, nanoseconds)
    return Measure("duration", comparison, nanoseconds)


def _hex(token: Token) -> str:
    digits = token.value.lower()
    if not 4 <= len(digits) <= 32 or digits.strip("0123456789abcdef"):
        raise QueryError("a trace id must have 4 to 32 hex digits", token.position)
    return digits
