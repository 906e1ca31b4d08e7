"""Rules as JSON, and those that can never match."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sampling.head_rule import HeadRule, RulesError, never_matching, read_rules
from tracer.sampling import rules_of

PATTERNS = st.text("ab*?", min_size=1, max_size=4)
RULES = st.builds(
    HeadRule,
    service=PATTERNS,
    name=PATTERNS,
    tags=st.dictionaries(st.sampled_from("xy"), PATTERNS, max_size=2),
)


def test_rules_are_read_with_their_defaults() -> None:
    (rule,) = read_rules(b'{"rules": [{"service": "web", "rate": 0.1}]}')
    assert rule == HeadRule(service="web", rate=0.1, per_second=0)
    assert rule.patterns == {"service": "web"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([], "Expected `object`"),
        ({"rules": [{"rat": 1}]}, "unknown field `rat`"),
        ({"rules": [{"rate": 2}]}, "<= 1"),
        ({"rules": [{"rate": "1"}]}, "Expected `float`"),
        ({"rules": [{"per_second": -1}]}, ">= 0"),
        ({"rules": [{"service": ""}]}, "length >= 1"),
        ({"rules": [{"tags": {"a": 1}}]}, "Expected `str`"),
        ({"rules": [{}] * 101}, "length <= 100"),
    ],
)
def test_what_is_no_rule_is_named(given: Any, problem: str) -> None:
    with pytest.raises(RulesError, match=problem):
        read_rules(json.dumps(given).encode())


@pytest.mark.parametrize(
    ("rules", "hidden"),
    [
        ([{}, {"service": "web"}], {1: 0}),
        ([{"service": "web"}, {}], {}),
        ([{"service": "web"}, {"service": "web", "name": "match"}], {1: 0}),
        ([{"service": "web", "name": "match"}, {"service": "web"}], {}),
        ([{"resource": "GET /*"}, {"resource": "GET /pair/*"}], {1: 0}),
        ([{"resource": "GET /pair/*"}, {"resource": "GET /*"}], {}),
        ([{"tags": {"a": "*"}}, {"tags": {"a": "1"}}], {1: 0}),
        ([{"tags": {"a": "1"}}, {"tags": {"b": "1"}}], {}),
        ([{"tags": {"a": "*"}}, {}], {}),
    ],
)
def test_rules_that_never_match_are_found(
    rules: list[dict[str, Any]], hidden: dict[int, int]
) -> None:
    assert never_matching(read_rules(json.dumps({"rules": rules}).encode())) == hidden


@settings(deadline=None)
@given(st.lists(RULES, max_size=4), st.text("ab", max_size=4), st.text("ab", max_size=4))
def test_what_is_said_never_to_match_never_does(
    rules: list[HeadRule], service: str, name: str
) -> None:
    tracers = rules_of([{"service": r.service, "name": r.name, "tags": r.tags} for r in rules])
    for tags in ({}, {"x": service}, {"x": name, "y": service}):
        matching = [
            index for index, rule in enumerate(tracers) if rule.matches(service, name, "", tags)
        ]
        if matching:
            assert matching[0] not in never_matching(rules)
