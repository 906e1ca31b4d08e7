"""What a comparison with a number means: `duration:>200ms`, `spans:>=100`, `queue.size:10..20`."""

from __future__ import annotations

import re

from collector.search.ast import And, Measure, Node, RootDuration, SpanDuration, TagNumber
from collector.search.keys import Meaning
from collector.search.quantities import UnclearError, duration_ns, number, whole_number
from collector.search.query_error import QueryError
from collector.search.tokens import Token

COMPARED_KEYS = ("duration", "spans", "span.duration", "root.duration")
"""Our own keys with a number as their value."""


def compared_measure(meaning: Meaning, token: Token) -> Node:
    """Return what `duration:>200ms`, `span.duration:>50ms` or `spans:>=100` means. Raises
    `QueryError` if it means nothing."""
    comparison = token.operator
    if comparison in (":", "=~") and meaning.comparison:
        comparison = meaning.comparison
    if (comparison in (":", "=~", "..")) and ".." in token.value and not token.quoted:
        low, _, high = token.value.partition("..")
        unit = re.sub(r"[\d.,]", "", high)
        low = low if low[-1:].isalpha() else low + unit
        between = (_compared(meaning, ">=", low, token), _compared(meaning, "<=", high, token))
        return And(between)
    return _compared(meaning, comparison, token.value + "*" * token.star, token)


def _compared(meaning: Meaning, comparison: str, text: str, token: Token) -> Node:
    key = meaning.key
    try:
        if key == "spans":
            return Measure("spans", "=" if comparison == ":" else comparison, whole_number(text))
        nanoseconds = duration_ns(text, meaning.unit)
    except UnclearError as unclear:
        signs = (
            [comparison] if comparison != ":" else [">", "<"] if len(unclear.meant) == 1 else [">"]
        )
        edits = [
            token.replaced_by(f"{token.key}:{sign}{meant}")
            for meant in unclear.meant
            for sign in signs
        ]
        example = (
            "" if edits else f"; write, for example, {key}:>{100 if key == 'spans' else '200ms'}"
        )
        raise QueryError(f"{unclear}{example}", token.position, *edits) from None
    if comparison == ":":
        edits = [token.replaced_by(f"{token.key}:{sign}{text}") for sign in "><"]
        raise QueryError(
            f"{key}:{text} says neither longer nor shorter; use one of >, >=, < or <=",
            token.position,
            *edits,
        )
    if key == "span.duration":
        return SpanDuration(comparison, nanoseconds)
    if key == "root.duration":
        return RootDuration(comparison, nanoseconds)
    return Measure("duration", comparison, nanoseconds)


def compared_tag(key: str, token: Token) -> Node:
    """Return what `http.status_code:>=500` or a range of the numbers in a tag means. Raises
    `QueryError` if it means nothing."""
    if token.operator == "..":
        low, high = token.value.split("..")
        return And((_tag_number(key, ">=", low, token), _tag_number(key, "<=", high, token)))
    return _tag_number(key, token.operator, token.value, token)


def _tag_number(key: str, comparison: str, text: str, token: Token) -> Node:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text.removeprefix("+"))
    try:
        return TagNumber(key, comparison, float(sign + number(digits)))
    except UnclearError as unclear:
        meant = [f"{token.key}:{comparison}{sign}{reading}" for reading in unclear.meant]
        literal = f'{token.key}:"{comparison}{text}"'
        edits = [token.replaced_by(term) for term in meant or [literal]]
        raise QueryError(
            f"{unclear}; {key} is compared as a number", token.position, *edits
        ) from None
