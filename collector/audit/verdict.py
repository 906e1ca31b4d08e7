"""What the rules say of one call, or of one run of a span."""

from __future__ import annotations

from collections.abc import Sequence

from collector.audit.rules import Rule

MAX_KEPT = 20_000
"""Verdicts that stay in memory: there are few different calls, made many times."""

Question = tuple[str, str, str]
"""Who, `call` or `run`, whom or what."""


class Judge:
    """Knows the rules, and remembers what they say."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._about_runs = [rule for rule in rules if rule.verb == "run"]
        self._kept: dict[Question, int] = {}
        self._runs_of_interest: dict[str, bool] = {}

    def broken(self, subject: str, verb: str, object_: str) -> int:
        """Return the index of the rule that forbids it; -1 if none does."""
        question = subject, verb, object_
        verdict = self._kept.get(question)
        if verdict is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            verdict = self._kept[question] = self._broken(*question)
        return verdict

    def is_run_of_interest(self, name: str) -> bool:
        """Return whether some rule is about runs of the spans of this name."""
        if not self._about_runs:
            return False
        known = self._runs_of_interest.get(name)
        if known is None:
            if len(self._runs_of_interest) >= MAX_KEPT:
                self._runs_of_interest.clear()
            known = any(rule.is_about("run", name) for rule in self._about_runs)
            self._runs_of_interest[name] = known
        return known

    def _broken(self, subject: str, verb: str, object_: str) -> int:
        """Return the first `never` that fits; else the first `only` about the object, unless some
        rule about it, `only` or `may`, names the subject."""
        about = [
            (index, rule) for index, rule in enumerate(self.rules) if rule.is_about(verb, object_)
        ]
        named = [(index, rule) for index, rule in about if rule.permits(subject)]
        for index, rule in named:
            if rule.kind == "never":
                return index
        if named:
            return -1
        return next((index for index, rule in about if rule.kind == "only"), -1)
