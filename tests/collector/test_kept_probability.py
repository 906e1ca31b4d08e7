"""What the clients of each system say about the probability with which a trace was kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.kept_probability import (
    MIN_PROBABILITY,
    SPAN_TAG,
    TRACE_STATE,
    kept_probability,
    lean_rates,
)
from tracer.sampling.hashing import threshold
from tracer.sampling.tracestate import member

RULE, AGENT, LIMIT, TAIL = "_dd.rule_psr", "_dd.agent_psr", "_dd.limit_psr", "sampling.tail_rate"
TYPE, PARAMETER = "sampler.type", "sampler.param"
MEMBERS = st.from_regex(r"\A[a-np-z]{1,8}=[a-z0-9:;]{0,12}\Z")
"""What other systems write into a trace state."""


@pytest.mark.parametrize(
    ("trace_state", "probability"),
    [
        ("ot=th:0", 1.0),
        ("ot=th:8", 0.5),
        ("ot=th:80000000000000", 0.5),
        ("ot=th:c;rv:e6bd71f5a2cd61", 0.25),
        ("ot=rv:e6bd71f5a2cd61;th:c", 0.25),
        ("dd=s:1;p:00f067aa0ba902b7, ot=th:e ,congo=t61rcWkgMzE", 0.125),
        ("ot=th:ffffef39085f4a", 1e-6),
        ("ot=x:th;th:c", 0.25),
        ("ot=th:c;rv:c0000000000000", 0.25),
        ("ot=rv:1;th:c", 0.25),  # no randomness: that has 14 digits
    ],
)
def test_opentelemetry_says_it_in_the_trace_state(trace_state: str, probability: float) -> None:
    assert kept_probability({TRACE_STATE: trace_state}) == pytest.approx(probability)


@pytest.mark.parametrize(
    "trace_state",
    [
        "",
        "ot=",
        "ot=th:",
        "ot=rv:e6bd71f5a2cd61",
        "ot=th:C",
        "ot=th:0x8",
        "ot=th:-8",
        "ot=th:8_0",
        "ot=th:g",
        "ot=th:8 0",
        "ot=th:800000000000000",  # 15 digits
        "ot=th:fffffffffffffe",  # one in 2^55
        "ot=oth:8",
        "ot=a;th=8",
        "not=th:8",
        "tenant@ot=th:8",
        "dd=ot=th:8",
        "dd=x;ot=th:8",
        "th:8",
        "ot=th:٨",
        "ot=th:c;rv:bfffffffffffff",  # rejected
        "ot=rv:00000000000000;th:00000000000001",
        "ot=rv:c,ot=th:c",
        8,
        0.5,
    ],
)
def test_what_is_no_threshold_says_nothing(trace_state: str | float) -> None:
    assert kept_probability({TRACE_STATE: trace_state}) is None
    assert kept_probability({TRACE_STATE: trace_state, RULE: 0.5}) == 0.5


@given(st.floats(1e-5, 1), st.lists(MEMBERS, max_size=3), st.lists(MEMBERS, max_size=3))
def test_what_our_tracer_sends_along_is_read_wherever_it_stands(
    rate: float, before: list[str], after: list[str]
) -> None:
    trace_state = ",".join([*before, member(rate, 2**56 - 1), *after])
    exact = 1 - threshold(rate) / 2**56
    assert kept_probability({TRACE_STATE: trace_state}) == pytest.approx(exact, abs=2**-53)


@given(st.floats(1e-5, 1), st.integers(0, 2**56 - 1))
def test_a_trace_that_was_rejected_and_is_there_all_the_same_says_nothing(
    rate: float, randomness: int
) -> None:
    said = kept_probability({TRACE_STATE: member(rate, randomness)})
    assert (said is None) == (randomness < threshold(rate))


@given(st.text("ot=th:;,8f \t", max_size=40) | st.text())
def test_any_text_is_a_sensible_probability_or_none(trace_state: str) -> None:
    said = kept_probability({TRACE_STATE: trace_state})
    assert said is None or MIN_PROBABILITY <= said <= 1


@pytest.mark.parametrize("prefix", ["", "jaeger."])
@pytest.mark.parametrize(
    ("kind", "parameter", "probability"),
    [
        ("probabilistic", 0.01, 0.01),
        ("probabilistic", "0.01", 0.01),  # Zipkin has only texts
        ("probabilistic", 1, 1.0),
        ("probabilistic", 0, None),
        ("probabilistic", 2.0, None),
        ("probabilistic", 1e-7, None),
        ("probabilistic", "nan", None),
        ("probabilistic", "often", None),
        ("probabilistic", 10**400, None),
        ("const", "true", 1.0),
        ("const", 1, 1.0),
        ("lowerbound", 0.001, 1.0),
        ("ratelimiting", 2.0, None),
        ("ratelimiting", 0.5, None),
        ("remote", 0.5, None),
        (0.5, 0.5, None),
    ],
)
def test_jaegers_samplers_say_it_on_the_root(
    prefix: str, kind: str | float, parameter: str | float, probability: float | None
) -> None:
    tags = {prefix + TYPE: kind, prefix + PARAMETER: parameter}
    assert kept_probability(tags) == probability


def test_a_parameter_of_jaegers_without_its_sampler_says_nothing() -> None:
    assert kept_probability({PARAMETER: 0.5}) is None
    assert kept_probability({TYPE: "probabilistic"}) is None


def test_a_trace_that_jaegers_client_was_told_to_keep_stands_for_itself() -> None:
    tags = {TYPE: "probabilistic", PARAMETER: 0.01, "jaeger.debug": "true"}
    assert kept_probability(tags) == 1


@pytest.mark.parametrize(
    ("tags", "probability"),
    [
        ({TRACE_STATE: "ot=th:c", RULE: 0.5}, 0.25),
        ({TRACE_STATE: "ot=th:c", AGENT: 0.5, SPAN_TAG: 0.5}, 0.25),
        ({RULE: 0.5, TYPE: "probabilistic", PARAMETER: 0.1}, 0.5),
        ({TRACE_STATE: "ot=th:0", TYPE: "probabilistic", PARAMETER: 0.1}, 1.0),
    ],
)
def test_what_several_say_of_the_head_is_one_choice(
    tags: dict[str, str | float], probability: float
) -> None:
    assert kept_probability(tags) == probability


@pytest.mark.parametrize(
    "head",
    [{TRACE_STATE: "ot=th:c"}, {TYPE: "probabilistic", PARAMETER: "0.25"}, {RULE: 0.25}],
)
def test_the_tail_and_a_limit_decide_once_more(head: dict[str, str | float]) -> None:
    assert kept_probability(head | {TAIL: 0.1}) == pytest.approx(0.025)
    assert kept_probability(head | {TAIL: 0.1, LIMIT: 0.5}) == pytest.approx(0.0125)
    assert kept_probability(head | {TAIL: 1e-5}) == pytest.approx(2.5e-6)
    assert kept_probability(head | {TAIL: 1e-6}) == MIN_PROBABILITY


TAGS = st.fixed_dictionaries(
    {},
    optional={
        TRACE_STATE: st.sampled_from(["ot=th:c", "ot=th:fd70a4", "ot=th:0", "ot=nothing"]),
        **dict.fromkeys((RULE, AGENT, SPAN_TAG, LIMIT, TAIL), st.floats(0, 1.1) | st.just("0.3")),
        TYPE: st.sampled_from(["probabilistic", "const", "ratelimiting", "lowerbound"]),
        PARAMETER: st.floats(0, 1.1),
        "jaeger.debug": st.just("true"),
        "http.route": st.text(max_size=9),
    },
)


@given(TAGS)
def test_lean_tags_say_the_same_in_one_number(tags: dict[str, str | float]) -> None:
    lean = lean_rates(tags)
    assert kept_probability(lean) == kept_probability(tags)
    assert len(lean) <= 1
    assert all(isinstance(value, float) for value in lean.values())
