"""Synthetic requests, made by a test: searches leave them out unless they ask for them.

Such a request's span has OpenTelemetry's tag `user_agent.synthetic.type` with the value `test`.
"""

from __future__ import annotations

from collector.search.ast import EVERYTHING, And, Node, Not
from collector.search.parser import parse
from collector.search.terms import SYNTHETIC
from collector.search.tokens import tokens

EVERYONE_ELSE = Not(SYNTHETIC)
"""The search for all traces but those of tests."""


def parse_without_tests(text: str) -> Node:
    """Return the search as a tree; one that says nothing about tests leaves out theirs.

    Raises `QueryError` if it cannot be read.
    """
    node = parse(text)
    if mentions_tests(text):
        return node
    return EVERYONE_ELSE if node == EVERYTHING else And((node, EVERYONE_ELSE))


def mentions_tests(text: str) -> bool:
    """Return whether the search says itself what to do about tests. Raises `QueryError` if it
    cannot be read."""
    return any(
        token.folded_key == "synthetic" or token.key == SYNTHETIC.key for token in tokens(text)
    )
