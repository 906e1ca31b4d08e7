"""The same call again and again: when is it worth a word?"""

from __future__ import annotations

DATASTORES = frozenset({"sql", "db", "cache", "redis"})
"""Span types of calls to a store of data."""

MANY = 5
"""Fewer like calls are no pattern. Sentry's detector of N+1 queries starts at five as well."""


def is_n_plus_one(type: str, times: int, one_after_another: bool) -> bool:
    """Whether one visit making `times` like calls is an N+1: a list was asked for, and then each
    of its N rows by one more query, each waiting for the one before."""
    return type in DATASTORES and times >= MANY and one_after_another
