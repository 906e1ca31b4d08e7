"""Rules: the first that matches decides."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer import Context, InMemoryWriter, Tracer, ids
from tracer.encoding import wire_chunk
from tracer.sampling import KEEP, REJECT, RuleError, RuleSampler, rules_of
from tracer.sampling.decision import Decision


def decide(rules: Any, trace_id: int = 1, **head: Any) -> Decision:
    given = {"service": "web", "name": "flask.request", "resource": "GET", "tags": {}} | head
    return RuleSampler(rules_of(rules)).decide(trace_id, **given)


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({}, True),
        ({"service": "web"}, True),
        ({"service": "w?b"}, True),
        ({"service": "we"}, False),
        ({"name": "flask.*"}, True),
        ({"name": "requests.*"}, False),
        ({"resource": "GET /pair/*"}, True),
        ({"resource": "GET /pair/<beer>"}, True),
        ({"resource": "GET /beers/*"}, False),
        ({"resource": "POST *"}, False),
        ({"resource": "GET /pair/[ab]eer"}, False),
        ({"tags": {"http.request.method": "GET"}}, True),
        ({"tags": {"http.request.method": "G*", "url.path": "/pair/*"}}, True),
        ({"tags": {"http.request.method": "POST"}}, False),
        ({"tags": {"customer": "*"}}, False),
        ({"service": "web", "name": "match"}, False),
    ],
)
def test_a_rule_matches_what_fits_all_of_its_patterns(rule: dict[str, Any], matches: bool) -> None:
    tags = {"http.request.method": "GET", "url.path": "/pair/beer"}
    decision = decide([{**rule, "rate": 0}], tags=tags)
    assert decision.priority == (REJECT if matches else KEEP)


def test_the_first_rule_that_matches_decides() -> None:
    rules = [{"service": "web", "rate": 1}, {"rate": 0}]
    assert decide(rules).priority == KEEP
    assert decide(rules, service="taster").priority == REJECT
    assert decide(rules[::-1]).priority == REJECT


def test_so_many_a_second_come_before_the_rate() -> None:
    sampler = RuleSampler(rules_of([{"per_second": 3, "rate": 0}]))
    kept = [sampler.decide(1, "web", "op", "op", {}) for _ in range(100)]
    assert 3 <= sum(decision.priority for decision in kept) <= 6  # the second may have ended
    assert kept[0] == Decision(KEEP, 1.0)


def test_weights_sum_up_to_what_was_seen() -> None:
    sampler = RuleSampler(rules_of([{"per_second": 5, "rate": 0.1}]))
    seen = 20_000
    decisions = [sampler.decide(ids.trace_id(), "web", "op", "op", {}) for _ in range(seen)]
    total = sum(1 / each.probability for each in decisions if each.priority and each.probability)
    # A trace that is kept with probability p adds 1/p: a variance of (1 - p) / p for each.
    assert abs(total - seen) < 6 * math.sqrt(seen * 0.9 / 0.1)


@given(st.lists(st.integers(1, 2**128 - 1), max_size=20), st.floats(0, 1))
def test_the_rate_of_a_rule_keeps_what_any_sampler_of_it_keeps(
    trace_ids: list[int], rate: float
) -> None:
    one, another = (RuleSampler(rules_of([{"rate": rate}])) for _ in range(2))
    for trace_id in trace_ids:
        assert one.decide(trace_id, "a", "b", "c", {}) == another.decide(
            trace_id, "d", "e", "f", {}
        )


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (7, "are a list"),
        ([7], "rule 1 is not a map"),
        ([{}, {"rat": 1}], "rule 2 has 'rat', which is none of service, name, resource, tags"),
        ([{"rate": 1.5}], "rate must be between 0 and 1, not 1.5"),
        ([{"rate": "1"}], "rate must be between 0 and 1, not '1'"),
        ([{"rate": True}], "rate must be between 0 and 1"),
        ([{"rate": float("nan")}], "rate must be between 0 and 1"),
        ([{"per_second": -1}], "per_second must be a whole number"),
        ([{"per_second": 0.5}], "per_second must be a whole number"),
        ([{"service": 5}], "pattern for 'service' must be a text"),
        ([{"tags": ["a"]}], "tags must be a map"),
        ([{"tags": {"a": 1}}], "pattern for 'a' must be a text"),
        ([{}] * 101, "100 are the most"),
    ],
)
def test_what_is_no_rule_is_named(rules: Any, problem: str) -> None:
    with pytest.raises(RuleError, match=problem):
        rules_of(rules)


def test_rules_in_a_file(tracer: Tracer, writer: InMemoryWriter, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [{"name": "dull", "rate": 0}]}))
    tracer.configure(sampling=str(file))
    for name in ("dull", "match"):
        with tracer.trace(name):
            pass
    assert [span.name for span in writer.spans] == ["match"]


@pytest.mark.parametrize(
    ("text", "problem"), [(None, "No such file"), ("{", "is not JSON"), ("7", "are a list")]
)
def test_a_file_without_rules_is_named(
    text: str | None, problem: str, tracer: Tracer, tmp_path: Path
) -> None:
    file = tmp_path / "rules.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match=problem) as raised:
        tracer.configure(sampling=str(file))
    assert str(file) in str(raised.value)


def test_what_the_app_passes_may_be_anything(tracer: Tracer, writer: InMemoryWriter) -> None:
    class Bad:
        def __str__(self) -> str:
            raise SystemExit

    tracer.configure(sampling=[{"tags": {"bad": "x"}, "rate": 0}])
    with tracer.trace("root", service=Bad(), resource=Bad(), tags={"bad": Bad()}):  # type: ignore[arg-type]
        pass
    assert len(writer.spans) == 1


def test_the_probability_travels_and_is_noted_in_all_services(
    tracer: Tracer, writer: InMemoryWriter
) -> None:
    from tracer.propagation import extract, inject

    tracer.configure(sampling=0.5)
    headers: dict[str, str] = {}
    while not writer.spans:
        with tracer.trace("caller") as caller:
            inject(caller.context, headers)
    for kept in (("traceparent", "tracestate"), tuple(key for key in headers if "datadog" in key)):
        received = extract({key: headers[key] for key in kept})
        assert received == Context(
            caller.trace_id,
            caller.span_id,
            KEEP,
            caller.context.tracestate if "tracestate" in kept else "",
            0.5,
        )
    assert "ot=th:8;rv:" in headers["tracestate"]
    with tracer.activate(received), tracer.trace("called") as called:
        pass
    assert wire_chunk([called])[0].metrics["_dd.rule_psr"] == 0.5
