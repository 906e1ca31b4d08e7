"""How many traces a kept one represents, when not all were kept."""

from __future__ import annotations

from collector.analysis.tree import Tree
from collector.kept_probability import kept_probability

WEIGHT_UNIT = 1000
"""The weight of a trace that represents only itself. Weights are whole thousandths because sums of
integers are exact, whatever the order of adding; sums of floats are not."""


def trace_weight(tree: Tree) -> int:
    """Return 1 / the sampling probability of a trace, in thousandths; 1000 if none is recorded.

    The first root that has one decides (`collector.kept_probability`).

    Counting each kept trace as 1/p traces makes sums and shares come out right on average (Horvitz
    and Thompson 1952); without it a route sampled at 1 % looks a hundred times too rare.
    """
    for row in tree.roots():
        probability = kept_probability(tree.spans[row].tags)
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
