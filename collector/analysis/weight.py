"""For how many traces a kept one stands, when not all were kept."""

from __future__ import annotations

from collector.analysis.tree import Tree

UNIT = 1000
"""Weights are whole thousandths: sums of integers are exact, so they do not depend on the order of
adding, which sums of floats do."""

RAREST = 1e-6
"""Probabilities below one in a million are taken for mistakes: one such trace would outweigh
all."""

RATE_TAGS = ("_dd.rule_psr", "_dd.agent_psr")
"""Where Datadog's clients leave the probability with which the root was kept: by a rule, or as the
agent asked."""


def trace_weight(tree: Tree) -> int:
    """1 / the sampling probability of a trace, in thousandths; 1000 where none is recorded.

    Counting each kept trace as 1/p traces makes sums and shares come out right on average (Horvitz
    and Thompson 1952); without it a route sampled at 1 % looks a hundred times too rare.
    """
    for row in tree.roots():
        for tag in RATE_TAGS:
            probability = tree.spans[row].tags.get(tag)
            if isinstance(probability, int | float) and RAREST <= probability <= 1:
                return round(UNIT / probability)
    return UNIT
