"""Rules: which traces to keep, by what they begin with. The first rule that matches decides.

A rule, as JSON has it:

    {"service": "web", "resource": "GET /pair/*", "rate": 0.1, "per_second": 1}

`service`, `name`, `resource` and each of `tags` are patterns in which `*` stands for anything and
`?` for one character; what is left out matches anything. `per_second` traces are kept in each
second, by each process, and `rate` of the others. AWS X-Ray's rules are the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from typing import Any

from .decision import KEEP, Decision
from .hashing import Hash, datadog
from .rate import RateSampler
from .reservoir import Reservoir

MAX_RULES = 100
MAX_PER_SECOND = 1_000_000
_PATTERNS = ("service", "name", "resource")
_KEYS = (*_PATTERNS, "tags", "rate", "per_second")
_PLACEHOLDER = re.compile(r"<[^<>]*>")


class RuleError(ValueError):
    """Rules that are none; the message says which one, and why."""


class Rule:
    """One rule, and what it has decided so far."""

    def __init__(
        self,
        service: str = "*",
        name: str = "*",
        resource: str = "*",
        tags: Mapping[str, str] | None = None,
        rate: float = 1.0,
        per_second: int = 0,
        hash: Hash = datadog,
    ) -> None:
        """Match what fits all of the patterns. Raises `ValueError` if the rate is none."""
        self.rate = rate
        self._by_rate = RateSampler(rate, hash)
        self._reservoir = Reservoir(per_second) if per_second else None
        self._service = _matcher(service)
        self._name = _matcher(name)
        # A route's variables, as in `GET /beers/<name>`, stand for anything.
        self._resource = _matcher(_PLACEHOLDER.sub("*", resource))
        self._tags = {key: _matcher(value) for key, value in (tags or {}).items()}
        self.matched = self.kept = 0

    def matches(self, service: str, name: str, resource: str, tags: Mapping[str, object]) -> bool:
        """Return whether a trace that begins with such a span is this rule's."""
        return (
            _fits(self._service, service)
            and _fits(self._name, name)
            and _fits(self._resource, resource)
            and all(
                key in tags and _fits(pattern, str(tags[key]))
                for key, pattern in self._tags.items()
            )
        )

    def decide(self, trace_id: int) -> Decision:
        """Decide on a trace that matches."""
        decision = self._by_rate.decide(trace_id, "", "", "", {})
        if self._reservoir and (stands_for := self._reservoir.take()):
            # The rate takes care of all others. Where it is 0, none but these stand for them.
            decision = Decision(KEEP, 1.0 if self.rate else 1 / stands_for)
        self.matched += 1
        self.kept += decision.priority > 0
        return decision


class RuleSampler:
    """Lets the first rule that matches decide. What matches none is kept."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def decide(
        self, trace_id: int, service: str, name: str, resource: str, tags: Mapping[str, object]
    ) -> Decision:
        """Decide on a trace that begins with such a span.

        A request's route is not known when it begins, but its path is: `GET /beers/ipa` is what
        its resource is matched as.
        """
        if path := tags.get("url.path"):
            resource = f"{resource} {path}"
        for rule in self.rules:
            if rule.matches(service, name, resource, tags):
                return rule.decide(trace_id)
        return Decision(KEEP, 1.0)


def rules_of(given: object, hash: Hash = datadog) -> list[Rule]:
    """Return the rules that JSON or a program gives: a list, or a map with the key `rules`.

    Raises `RuleError` if it is anything else.
    """
    if isinstance(given, Mapping):
        given = given.get("rules")
    if not isinstance(given, list | tuple):
        raise RuleError('sampling rules are a list: [{"service": "web", "rate": 0.1}]')
    if len(given) > MAX_RULES:
        raise RuleError(f"there are {len(given)} sampling rules; {MAX_RULES} are the most")
    return [_rule(number, each, hash) for number, each in enumerate(given, 1)]


def _rule(number: int, given: Any, hash: Hash) -> Rule:
    if not isinstance(given, Mapping):
        raise RuleError(f'sampling rule {number} is not a map, as in {{"rate": 0.1}}')
    for key in given:
        if key not in _KEYS:
            known = ", ".join(_KEYS)
            raise RuleError(f"sampling rule {number} has {key!r}, which is none of {known}")
    tags = given.get("tags", {})
    if not isinstance(tags, Mapping):
        raise RuleError(f"sampling rule {number}: tags must be a map from names to patterns")
    texts = {key: given[key] for key in _PATTERNS if key in given}
    for key, text in [*texts.items(), *tags.items()]:
        if not isinstance(text, str):
            raise RuleError(f"sampling rule {number}: the pattern for {key!r} must be a text")
    rate, per_second = given.get("rate", 1.0), given.get("per_second", 0)
    if not _is_number(rate) or not 0 <= rate <= 1:
        raise RuleError(f"sampling rule {number}: rate must be between 0 and 1, not {rate!r}")
    if type(per_second) is not int or not 0 <= per_second <= MAX_PER_SECOND:
        raise RuleError(
            f"sampling rule {number}: per_second must be a whole number from 0 to"
            f" {MAX_PER_SECOND:,}, not {per_second!r}"
        )
    return Rule(**texts, tags=tags, rate=rate, per_second=per_second, hash=hash)


def _is_number(value: object) -> bool:
    return type(value) is int or type(value) is float


def _matcher(pattern: str) -> re.Pattern[str] | None:
    """Return what matches a pattern, None if anything does."""
    return None if pattern == "*" else re.compile(translate(pattern.replace("[", "[[]")))


def _fits(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is None or pattern.match(text) is not None


def counts(rules: Iterable[Rule]) -> list[tuple[int, int]]:
    """Return how many traces each rule has matched and kept."""
    return [(rule.matched, rule.kept) for rule in rules]
