"""What a search can ask, as a tree. docs/api.md describes the language."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be equal to, or to begin with."""

    value: str
    prefix: bool = False

    def holds(self, text: str) -> bool:
        """Whether the text is so."""
        return text.startswith(self.value) if self.prefix else text == self.value


@dataclass(frozen=True, slots=True)
class And:
    """All of it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of it."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Node


@dataclass(frozen=True, slots=True)
class SameSpan:
    """`{…}`: all of it of one and the same span."""

    part: Node


@dataclass(frozen=True, slots=True)
class Field:
    """Some span's service, name, resource or type."""

    field: str
    text: Text


@dataclass(frozen=True, slots=True)
class RootField:
    """The root span's service, name or resource."""

    field: str
    text: Text


@dataclass(frozen=True, slots=True)
class Tag:
    """Some span's tag."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Word:
    """Some span's service, name or resource contains it, in capitals or not."""

    folded: str
    """The word with all differences of case removed."""


@dataclass(frozen=True, slots=True)
class Error:
    """Some span, or none, is an error."""

    some: bool


@dataclass(frozen=True, slots=True)
class SpanDuration:
    """Some span's duration compares so."""

    comparison: str
    nanoseconds: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of the whole trace, `duration` (ns) or `spans` (their number), compares so."""

    measure: str
    comparison: str
    value: int


@dataclass(frozen=True, slots=True)
class TraceId:
    """The trace id begins so."""

    prefix: str


Leaf = Field | RootField | Tag | Word | Error | SpanDuration | Measure | TraceId
Node = And | Or | Not | SameSpan | Leaf

EVERYTHING = And(())
"""The empty search."""
