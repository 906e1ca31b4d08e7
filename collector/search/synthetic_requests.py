"""What is no request of a visitor: searches leave it out unless they ask for it.

Synthetic requests are made by a test: such a request's span has OpenTelemetry's tag
`user_agent.synthetic.type` with the value `test`. Inferred traces are made of logs by
`collector.infer`: their spans have the tag `inferred.from`.
"""

from __future__ import annotations

from collector.search.ast import EVERYTHING, And, Node, Not, Or
from collector.search.parser import parse
from collector.search.terms import LEFT_OUT
from collector.search.tokens import tokens

EVERYONE_ELSE = Not(Or(tuple(LEFT_OUT.values())))
"""The search for all traces but those of tests and those that are inferred."""
ANYTHING = " ".join(f"{key}:any" for key in LEFT_OUT)
"""What a search says so that nothing is left out."""


def parse_without_tests(text: str) -> Node:
    """Return the search as a tree. One that says nothing about tests leaves out theirs, and one
    that says nothing about inferred traces leaves out those.

    Raises `QueryError` if it cannot be read.
    """
    node = parse(text)
    mentioned = asked_for(text)
    if not mentioned:
        return EVERYONE_ELSE if node == EVERYTHING else And((node, EVERYONE_ELSE))
    rest = [Not(tag) for key, tag in LEFT_OUT.items() if key not in mentioned]
    return And((node, *rest)) if rest else node


def asked_for(text: str) -> list[str]:
    """Return the keys of what the search says itself what to do about. Raises `QueryError` if it
    cannot be read."""
    found = list(tokens(text))
    return [
        key
        for key, tag in LEFT_OUT.items()
        if any(token.folded_key == key or token.key == tag.key for token in found)
    ]
