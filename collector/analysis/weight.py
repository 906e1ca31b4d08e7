"""How many traces a kept one represents, when not all were kept."""

from __future__ import annotations

from math import prod

from collector.analysis.tree import Tree
from collector.model import Span

WEIGHT_UNIT = 1000
"""The weight of a trace that represents only itself. Weights are whole thousandths because sums of
integers are exact, whatever the order of adding; sums of floats are not."""

MIN_PROBABILITY = 1e-6
"""Sampling probabilities below one in a million are taken for mistakes: one such trace would
outweigh all others."""

SPAN_TAG = "_dd.span_sampling.rule_rate"
"""Where clients record the probability with which a span was kept for itself, not with its
trace."""
CHOICE_TAGS = ("_dd.rule_psr", "_dd.agent_psr", SPAN_TAG)
"""Where Datadog's clients record the probability with which the root was chosen: by a rule, at the
agent's request, or for itself."""
LIMIT_TAG = "_dd.limit_psr"
"""Where Datadog's clients record the share of what a rule had chosen that their limit of traces per
second let pass."""
TAIL_TAG = "sampling.tail_rate"
"""Where this collector records the probability with which it kept a trace that had come."""
RATE_TAGS = (*CHOICE_TAGS, LIMIT_TAG, TAIL_TAG)
"""All tags that a trace's weight depends on."""


def trace_weight(tree: Tree) -> int:
    """Return 1 / the sampling probability of a trace, in thousandths; 1000 if none is recorded.

    A trace that had to pass a rule, a limit and the tail was kept with the product of all.

    Counting each kept trace as 1/p traces makes sums and shares come out right on average (Horvitz
    and Thompson 1952); without it a route sampled at 1 % looks a hundred times too rare.
    """
    for row in tree.roots():
        probability = _probability(tree.spans[row])
        if probability is not None:
            return round(WEIGHT_UNIT / probability)
    return WEIGHT_UNIT


def squared(weight: int) -> int:
    """Return the square of a weight, in thousandths as well."""
    return weight * weight // WEIGHT_UNIT


def effective_size(weights: int, squares: int) -> float:
    """Return how many equally weighted traces would tell as much: (Σw)² / Σw², 0 for none.

    `weights` is the sum of the weights, `squares` that of their squares, both in thousandths. A
    hundred traces of which one outweighs all others are hardly more evidence than that one (Kish,
    Survey Sampling, 1965).
    """
    return weights * weights / (squares * WEIGHT_UNIT) if squares else 0.0


def _probability(span: Span) -> float | None:
    """Return the probability with which a root was kept; None if it does not say, or not
    sensibly."""
    chosen = next((rate for tag in CHOICE_TAGS if (rate := _rate(span, tag))), None)
    passed = [chosen, _rate(span, LIMIT_TAG), _rate(span, TAIL_TAG)]
    if passed == [None, None, None]:
        return None
    return max(MIN_PROBABILITY, prod(rate for rate in passed if rate))


def _rate(span: Span, tag: str) -> float | None:
    """Return the rate that a tag gives: a number, or the text of one from a format that has only
    texts (Zipkin's)."""
    if tag not in span.tags:
        return None
    try:
        rate = float(span.tags[tag])
    except (ValueError, OverflowError):
        return None
    return rate if MIN_PROBABILITY <= rate <= 1 else None
