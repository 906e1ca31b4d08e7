"""A rule of head sampling, as tracers fetch them: which traces to keep, by what they begin with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import Annotated

import msgspec
from msgspec import Meta

from collector.decode_errors import DECODE_ERRORS, reason_of

MAX_RULES = 100
ANY = "*"

Pattern = Annotated[str, Meta(min_length=1, max_length=500)]


class HeadRule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One rule. In patterns `*` stands for anything and `?` for one character."""

    service: Pattern = ANY
    name: Pattern = ANY
    """Of the operation that the trace begins with."""
    resource: Pattern = ANY
    """Of a request: its method and path, `GET /pair/*`."""
    tags: Annotated[dict[Pattern, Pattern], Meta(max_length=20)] = {}
    rate: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """The share of traces to keep of those beyond `per_second`."""
    per_second: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """Traces to keep in each second, by each process."""

    @property
    def patterns(self) -> dict[str, str]:
        """What the rule asks for, without what matches anything. A tag has to be there, whatever
        its value."""
        given = {"service": self.service, "name": self.name, "resource": self.resource}
        asked = {key: pattern for key, pattern in given.items() if pattern != ANY}
        return asked | {f"tags.{key}": pattern for key, pattern in self.tags.items()}


class Rules(msgspec.Struct, forbid_unknown_fields=True):
    """All rules; the first that matches decides, and what matches none is kept."""

    rules: Annotated[list[HeadRule], Meta(max_length=MAX_RULES)] = []


class RulesError(ValueError):
    """What was given are no rules; the message says what is wrong."""


def read_rules(body: bytes) -> list[HeadRule]:
    """Return the rules in JSON: `{"rules": [{"service": "web", "rate": 0.1}]}`.

    Raises `RulesError` if there are none.
    """
    try:
        return msgspec.json.decode(body, type=Rules).rules
    except DECODE_ERRORS as problem:
        raise RulesError(f"these are no sampling rules: {reason_of(problem)}") from None


def never_matching(rules: Sequence[HeadRule]) -> dict[int, int]:
    """Return, by the index of each rule that can never match, that of an earlier one that matches
    all that it would."""
    hidden = {}
    for index, rule in enumerate(rules):
        for earlier in range(index):
            if _covers(rules[earlier].patterns, rule.patterns):
                hidden[index] = earlier
                break
    return hidden


def _covers(wide: dict[str, str], narrow: dict[str, str]) -> bool:
    """Return whether whatever fits all of the narrow patterns is sure to fit the wide ones."""
    return all(key in narrow and matches_all_of(wide[key], narrow[key]) for key in wide)


def matches_all_of(wide: str, narrow: str) -> bool:
    """Return whether a pattern matches whatever another one matches, as far as that is easy to
    tell: they are the same, or it is a beginning and a `*`."""
    if wide == narrow:
        return True
    begin, star, rest = wide.partition("*")
    return bool(star) and not rest and "?" not in begin and narrow.startswith(begin)


def pattern_matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a text fits a pattern."""
    if pattern == ANY:
        return lambda text: True
    fits = re.compile(translate(pattern.replace("[", "[[]"))).match
    return lambda text: fits(text) is not None
