"""The syntax tree of a search. docs/api.md describes the language."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from collector.name_template import HIDDEN, template_of
from collector.tag_number import number_in

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare with: the whole value, or its beginning."""

    value: str
    prefix: bool = False
    """Whether values that merely begin with the text match as well."""

    def matches(self, value: str) -> bool:
        """Return whether the value is, or begins with, this text."""
        return value.startswith(self.value) if self.prefix else value == self.value

    @property
    def may_be_template(self) -> bool:
        """Whether names can match by their template alone: it is as the name up to its first `?`
        (`collector.name_template`)."""
        return HIDDEN in self.value

    def matches_name(self, name: str) -> bool:
        """Return whether the name or its template is, or begins with, this text."""
        return self.matches(name) or (self.may_be_template and self.matches(template_of(name)))


@dataclass(frozen=True, slots=True)
class And:
    """Matches what all of its parts match; everything if it has none."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Matches what at least one of its parts matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Matches what its part does not match."""

    part: Node


@dataclass(frozen=True, slots=True)
class SameSpan:
    """`{…}`: matches a trace if one single span matches the whole part."""

    part: Node


@dataclass(frozen=True, slots=True)
class Field:
    """Matches a trace if some span has this service, name, resource or type. A name or resource is
    found by its template, too."""

    field: str
    """`service`, `name`, `resource` or `type`."""
    text: Text


@dataclass(frozen=True, slots=True)
class RootField:
    """Matches a trace if its root span has this service, name or resource. A name or resource is
    found by its template, too."""

    field: str
    """`service`, `name` or `resource`."""
    text: Text


@dataclass(frozen=True, slots=True)
class Tag:
    """Matches a trace if some span has this tag with this value."""

    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class TagNumber:
    """Matches a trace if some span has this tag with a number that compares as given."""

    key: str
    comparison: str
    """A key of `COMPARISONS`, but not `=`."""
    number: float

    def matches(self, value: str) -> bool:
        """Return whether a tag's value is such a number, be it stored as one or as text."""
        number = number_in(value)
        return number is not None and COMPARISONS[self.comparison](number, self.number)


@dataclass(frozen=True, slots=True)
class Word:
    """Matches a trace if some span's service, name or resource contains the word, in any case."""

    folded: str
    """The word after `str.casefold`."""

    def is_in(self, text: str) -> bool:
        """Return whether a service, or a name or its template, contains the word."""
        if self.folded in text.casefold():
            return True
        return HIDDEN in self.folded and self.folded in template_of(text).casefold()


@dataclass(frozen=True, slots=True)
class Error:
    """Matches a trace by whether any of its spans is an error."""

    some: bool
    """True to match traces with an error, False to match those without."""


@dataclass(frozen=True, slots=True)
class SpanDuration:
    """Matches a trace if the duration of some span compares as given."""

    comparison: str
    """A key of `COMPARISONS`, but not `=`."""
    nanoseconds: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Matches a trace if a measure of the whole trace compares as given."""

    measure: str
    """`duration` (ns) or `spans` (their number)."""
    comparison: str
    """A key of `COMPARISONS`."""
    value: int


@dataclass(frozen=True, slots=True)
class TraceId:
    """Matches the traces whose ids begin with these hex digits."""

    prefix: str


@dataclass(frozen=True, slots=True)
class TraceIdHalf:
    """Matches the traces whose ids end with these 16 hex digits. Some clients know no more of an
    id."""

    digits: str


@dataclass(frozen=True, slots=True)
class RouteField:
    """Matches a trace if its route has this service or resource."""

    field: str
    """`service` or `resource`."""
    text: Text


@dataclass(frozen=True, slots=True)
class RouteError:
    """Matches a trace by whether its request failed, as Routes and the heat map count it."""

    failed: bool


@dataclass(frozen=True, slots=True)
class RootDuration:
    """Matches a trace if the duration of its root compares as given."""

    comparison: str
    """A key of `COMPARISONS`, but not `=`."""
    nanoseconds: int


OfRequest = RouteField | RouteError | RootDuration
"""What only the tree of a trace's spans can tell (`collector.analysis.request`)."""
OfSummary = RootField | Measure | TraceId | TraceIdHalf | Error
"""What the summary of a trace can tell, without its spans."""
Leaf = OfRequest | OfSummary | Field | Tag | TagNumber | Word | SpanDuration
Node = And | Or | Not | SameSpan | Leaf

EVERYTHING = And(())
"""The empty search, which matches every trace."""
