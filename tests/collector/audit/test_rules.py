"""The language of the audit's rules, and what they say of calls."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.audit.rules import (
    MAX_BYTES,
    MAX_NAMES,
    MAX_RULES,
    MAX_WILDCARDS,
    OUTSIDE,
    RulesError,
    quoted,
    read_rules,
)
from collector.audit.verdict import Judge

NAMES = st.text(min_size=1, max_size=MAX_WILDCARDS).filter(lambda name: not set("*?") & set(name))
SERVICES = ("web", "taster", "db", "locust", OUTSIDE)


def forbidden(text: str, *calls: str) -> list[str]:
    """Return those of some calls, `web call db`, that the rules forbid."""
    judge = Judge(read_rules(text))
    questions = [call.split(" ") for call in calls]
    return [
        " ".join(question)
        for question in questions
        if judge.broken(question[0].replace("-", ""), *question[1:]) >= 0
    ]


def test_only_those_named_may_call() -> None:
    calls = ("web call taster", "db call taster", "- call taster", "db call web", "- call web")
    assert forbidden("only web may call taster", *calls) == ["db call taster", "- call taster"]


def test_all_lines_about_a_service_together_say_who_may() -> None:
    calls = ("web call taster", "locust call taster", "db call taster", "- call taster")
    rules = "only web may call taster\nlocust may call taster\nonly outside may call taster"
    assert forbidden(rules, *calls) == ["db call taster"]


def test_never_holds_whatever_others_allow() -> None:
    rules = "locust may call db\nnever locust calls db"
    assert forbidden(rules, "locust call db", "web call db") == ["locust call db"]


def test_a_star_is_anybody_even_from_outside_but_no_other_pattern_is() -> None:
    assert forbidden("never * calls db", "- call db", "web call db") == ["- call db", "web call db"]
    assert forbidden("never w* calls db", "- call db", "web call db") == ["web call db"]


def test_rules_about_spans_say_nothing_of_calls() -> None:
    rules = "only taster may run palate.*"
    asked = ("web run palate.taste", "taster run palate.wait", "web call palate.taste")
    assert forbidden(rules, *asked) == ["web run palate.taste"]


def test_quoted_words_are_names() -> None:
    rules = 'only "outside", "may" may call "menu printer, #2"  # a comment'
    [rule] = read_rules(rules)
    assert [name.pattern for name in rule.subjects] == ["outside", "may"]
    assert not rule.subjects[0].is_outside
    assert rule.objects[0].pattern == "menu printer, #2"
    assert rule.text == 'only "outside", "may" may call "menu printer, #2"'


def test_brackets_are_no_pattern() -> None:
    assert forbidden("never [w]eb calls db", "web call db", "[w]eb call db") == ["[w]eb call db"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\nonly web may", "line 3: “call” or “run” is missing in 'only web may': write “only A"),
        ("web call x", "line 1: “may” is missing, not 'call', in 'web call x'"),
        ("never a, may calls b", "a name is missing (who calls), not 'may'"),
        ("only web may call", "a name is missing (whom): write"),
        ('only web may call "x', "a quote is not closed: put one at the end of the name"),
        ("a may call b c", "what does 'c' mean here? One rule per line"),
        ("x may call outside", "'outside' can only call"),
        ("outside may run x", "'outside' runs nothing"),
        ('"" may call b', "a name is empty"),
        ("a may call *b*c*d*e*f*g*h*i*j", "has more than 8 wildcards"),
        ('"\x1b" may call b', "has a character that can't be printed: write ? for it"),
        (f"{'a' * 501} may call b", "a name has more than 500 characters"),
        (f"{'a,' * MAX_NAMES}a may call b", "more than 50 names in a list; use wildcards"),
        ("a may call b\n" * (MAX_RULES + 1), f"line {MAX_RULES + 1}: more than 200 rules"),
        ("#" * (MAX_BYTES + 1), "the rules are larger than 65,536 bytes"),
    ],
)
def test_what_is_no_rule_is_refused_with_line_cause_and_cure(text: str, message: str) -> None:
    with pytest.raises(RulesError) as refused:
        read_rules(text)
    assert message in str(refused.value)


def test_comments_empty_lines_and_a_byte_order_mark_are_no_rules() -> None:
    assert not read_rules("\ufeff# nothing\n\n   \n")


PIECES = st.sampled_from([*'web,"\\#*? \n\t', "only ", "may ", "call ", "never ", "run "])


@given(st.lists(PIECES).map("".join))
def test_any_text_is_rules_or_an_error_in_words(text: str) -> None:
    with suppress(RulesError):
        rules = read_rules(text)
        again = read_rules("\n".join(rule.text for rule in rules))
        assert [rule[:4] for rule in again] == [rule[:4] for rule in rules]


@given(st.lists(NAMES, min_size=1, max_size=5), NAMES)
def test_quoted_names_come_back_whatever_is_in_them(callers: list[str], called: str) -> None:
    subjects = ", ".join(map(quoted, callers))
    rules = read_rules(f"only {subjects} may call {quoted(called)}")
    judge = Judge(rules)
    assert all(judge.broken(caller, "call", called) < 0 for caller in callers)
    assert judge.broken(OUTSIDE, "call", called) == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("only {} may call {}", "never {} calls {}", "{} may call {}")),
            st.sampled_from(("web", "taster", "db", "locust", "outside", "*")),
            st.sampled_from(("web", "taster", "db")),
        )
    )
)
def test_the_order_of_rules_changes_no_verdict(parts: list[tuple[str, str, str]]) -> None:
    lines = [form.format(caller, called) for form, caller, called in parts]
    one, other = (Judge(read_rules("\n".join(text))) for text in (lines, lines[::-1]))
    for caller in SERVICES:
        for called in SERVICES[:-1]:
            verdicts = {judge.broken(caller, "call", called) >= 0 for judge in (one, other)}
            assert len(verdicts) == 1
