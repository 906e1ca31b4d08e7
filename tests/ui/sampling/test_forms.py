"""Rules and policies as forms, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from ui.sampling import ordered, policies, rules
from ui.sampling.typed import Item, Typed

patterns = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: text != "*"
)
shares = st.integers(0, 10_000).map(lambda part: part / 10_000)


def form_of(typed: Typed) -> MultiDict[str, str]:
    """What a browser sends of a form that nobody has changed."""
    pairs: list[tuple[str, str]] = list(typed.values.items())
    for key, pattern in [*typed.tags, ("", "")]:
        pairs += [("tag_key", key), ("tag_pattern", pattern)]
    return MultiDict(pairs)


@given(
    st.fixed_dictionaries(
        {"rate": shares},
        optional={
            "service": patterns,
            "name": patterns,
            "resource": patterns,
            "per_second": st.integers(1, 1_000_000),
            "tags": st.dictionaries(patterns, patterns, min_size=1, max_size=3),
        },
    )
)
def test_a_rule_that_is_saved_as_it_was_is_the_same(rule: Item) -> None:
    read, typed = rules.rule_from(form_of(rules.typed_rule(rule)))
    assert typed.errors == {}
    assert read == rule


ROUTE: dict[str, st.SearchStrategy[Any]] = {"service": patterns, "resource": patterns}
KINDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "priority": {},
    "error": {},
    "slow": {"over_ms": st.integers(1, 10**6), "percentile": st.sampled_from([50, 99.9])},
    "rare": {"among": st.integers(1, 100_000)},
    "search": {"query": patterns},
    "sample": {"rate": shares, "per_second": st.integers(1, 1_000_000)},
}


@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_a_policy_that_is_saved_as_it_was_is_the_same(data: st.DataObject, kind: str) -> None:
    keep = {"keep": st.just(kind)}
    policy = data.draw(st.fixed_dictionaries(keep, optional=ROUTE | KINDS[kind]))
    read, typed = policies.policy_from(form_of(policies.typed_policy(policy)))
    assert typed.errors == {}
    assert read == policy


@pytest.mark.parametrize(
    ("text", "share"), [("10", 0.1), ("0,5", 0.005), (" 7 % ", 0.07), ("100%", 1)]
)
def test_percentages_as_people_write_them(text: str, share: float) -> None:
    rule, typed = rules.rule_from(MultiDict({"rate": text}))
    assert (rule["rate"], typed.errors) == (pytest.approx(share), {})


@pytest.mark.parametrize("text", ["ten", "1e999", "nan", "--1"])
def test_what_is_no_number_is_said_beside_it(text: str) -> None:
    assert rules.rule_from(MultiDict({"rate": text}))[1].errors == {
        "rate": f"“{text}” is not a number."
    }


@pytest.mark.parametrize(
    ("message", "field", "words"),
    [
        (
            "these are no sampling rules: Expected `float` <= 1.0 - at `$.rules[3].rate`",
            "rate",
            "A rate is from 0 to 100 %.",
        ),
        (
            "these are no sampling policies: Expected `float` > 0.0 - at `$.policies[1].over_ms`",
            "over_ms",
            "It must be more than 0.",
        ),
        (
            "these are no sampling rules: Expected `str` of length <= 500 - at"
            " `$.rules[0].service`",
            "service",
            "It must have at most 500 characters.",
        ),
        (
            "policy 2 (slow-sql): the query cannot be read: it ends too early",
            "query",
            "The query cannot be read: it ends too early.",
        ),
        (
            "policy 1 (sample): a sample has either a rate or a number per_second",
            "",
            "A sample has either a rate or a number per_second.",
        ),
    ],
)
def test_a_refusal_is_said_beside_the_field_it_is_about(
    message: str, field: str, words: str
) -> None:
    names = ("service", "rate", "over_ms", "query")
    typed = Typed(dict.fromkeys(names, "x"))
    typed.refuse(message)
    assert typed.errors == {field: words}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "all"),
        ({"rate": 0}, "none"),
        ({"rate": 0.001}, "0.1 %"),
        ({"rate": 0, "per_second": 1}, "1 trace a second"),
        ({"rate": 0.1, "per_second": 5}, "5 traces a second, then 10 %"),
    ],
)
def test_rules_in_words(rule: Item, words: str) -> None:
    assert rules.kept_by(rule) == words


def test_moving_keeps_everything_and_stops_at_the_ends() -> None:
    items: list[Item] = [{"rate": rate} for rate in (0.1, 0.2, 0.3)]
    assert ordered.moved(items, 2, "up") == [items[0], items[2], items[1]]
    assert ordered.moved(items, 0, "up") == items
    assert ordered.moved(items, 2, "down") == items
    assert ordered.version_of(items) != ordered.version_of(ordered.moved(items, 0, "down"))
