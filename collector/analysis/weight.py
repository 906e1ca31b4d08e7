"""How many traces a kept one represents, when not all were kept."""

from __future__ import annotations

from collector.analysis.tree import Tree

WEIGHT_UNIT = 1000
"""The weight of a trace that represents only itself. Weights are whole thousandths because sums of
integers are exact, whatever the order of adding; sums of floats are not."""

MIN_PROBABILITY = 1e-6
"""Sampling probabilities below one in a million are taken for mistakes: one such trace would
outweigh all others."""

RATE_TAGS = ("_dd.rule_psr", "_dd.agent_psr")
"""Where Datadog's clients record the probability with which the root was kept: by a rule, or at the
agent's request."""


def trace_weight(tree: Tree) -> int:
    """Return 1 / the sampling probability of a trace, in thousandths; 1000 if none is recorded.

    Counting each kept trace as 1/p traces makes sums and shares come out right on average (Horvitz
    and Thompson 1952); without it a route sampled at 1 % looks a hundred times too rare.
    """
    for row in tree.roots():
        for tag in RATE_TAGS:
            probability = tree.spans[row].tags.get(tag)
            if isinstance(probability, int | float) and MIN_PROBABILITY <= probability <= 1:
                return round(WEIGHT_UNIT / probability)
    return WEIGHT_UNIT
