"""How many traces a kept one stands for."""

from __future__ import annotations

import pytest

from collector.analysis.tree import build_tree
from collector.analysis.weight import effective_size, squared, trace_weight
from tests.collector.analysis.traces import span

RULE, AGENT, LIMIT = "_dd.rule_psr", "_dd.agent_psr", "_dd.limit_psr"
TAIL = "sampling.tail_rate"


@pytest.mark.parametrize(
    ("tags", "weight"),
    [
        ({}, 1000),
        ({RULE: 0.1}, 10_000),
        ({AGENT: 0.25}, 4000),
        ({RULE: 0.5, AGENT: 0.1}, 2000),
        ({RULE: 0.1, LIMIT: 0.5}, 20_000),
        ({LIMIT: 0.5}, 2000),
        ({TAIL: 0.1}, 10_000),
        ({"_dd.span_sampling.rule_rate": 0.3}, 3333),
        ({RULE: 0.1, LIMIT: 0.5, TAIL: 0.5}, 40_000),
        ({RULE: 1, LIMIT: 1.0}, 1000),
        ({RULE: 0, LIMIT: 0.5}, 2000),
        ({RULE: 0.1, LIMIT: 7}, 10_000),
        ({RULE: "0.1"}, 10_000),  # Zipkin has only texts
        ({RULE: "often"}, 1000),
        ({RULE: 0.001, LIMIT: 0.0001}, 10**9),
        ({"w3c.tracestate": "ot=th:fd70a4", TAIL: 0.5}, 200_000),
        ({"w3c.tracestate": "ot=th:fd70a4", RULE: 0.01}, 100_000),
        ({"sampler.type": "probabilistic", "sampler.param": 0.01}, 100_000),
        ({"sampler.type": "ratelimiting", "sampler.param": 0.01}, 1000),
    ],
)
def test_the_rates_of_the_root_multiply(tags: dict[str, float | str], weight: int) -> None:
    root = span(1, 0, 0, 10)
    root.tags.update(tags)
    assert trace_weight(build_tree([root])) == weight


def test_of_several_roots_the_first_that_says_it_decides() -> None:
    roots = [span(number, 0 if number == 2 else 99, number, 10) for number in (1, 2, 3)]
    roots[0].tags["sampling.tail_rate"] = 0.5
    roots[2].tags["sampling.tail_rate"] = 0.1
    assert trace_weight(build_tree(roots)) == 2000
    roots[1].tags["w3c.tracestate"] = "ot=th:c"
    assert trace_weight(build_tree(roots)) == 4000


@pytest.mark.parametrize(
    ("weights", "size"), [([], 0), ([1000] * 7, 7), ([5000] * 7, 7), ([1000, 10**9], 1)]
)
def test_equal_weights_are_worth_their_number(weights: list[int], size: float) -> None:
    worth = effective_size(sum(weights), sum(map(squared, weights)))
    assert worth == pytest.approx(size, rel=1e-3)
