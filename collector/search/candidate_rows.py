"""Traces that may match, and those among them that do, as far as an index can tell."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import NamedTuple

Rows = AbstractSet[int] | range
"""Row numbers of traces. A range is all there are: it is only ever met by numbers within it."""
NO_ROWS: frozenset[int] = frozenset()


class Candidates(NamedTuple):
    """Row numbers of traces. Whatever is not among the `possible` ones does not match."""

    possible: Rows
    sure: Rows
    """Those of them that match for certain. Of the others, spans must be checked."""

    @classmethod
    def exactly(cls, rows: Rows) -> Candidates:
        """Return candidates all of which match."""
        return cls(rows, rows)

    @classmethod
    def perhaps(cls, rows: Rows) -> Candidates:
        """Return candidates none of which needs to match."""
        return cls(rows, NO_ROWS)

    @property
    def exact(self) -> bool:
        """Whether each of them matches."""
        return self.sure is self.possible or len(self.sure) == len(self.possible)

    @property
    def unsure(self) -> Rows:
        """Those that must be checked."""
        return NO_ROWS if self.exact else _without(self.possible, self.sure)

    def and_also(self, other: Candidates) -> Candidates:
        """Return the candidates for both of two conditions."""
        possible = _common(self.possible, other.possible)
        if self.exact and other.exact:
            return Candidates.exactly(possible)
        return Candidates(possible, _common(self.sure, other.sure))

    def but_not(self, other: Candidates) -> Candidates:
        """Return the candidates for the first of two conditions without the second."""
        possible = _without(self.possible, other.sure)
        if self.exact and other.exact:
            return Candidates.exactly(possible)
        return Candidates(possible, _without(self.sure, other.possible))

    def or_else(self, other: Candidates) -> Candidates:
        """Return the candidates for at least one of two conditions."""
        possible = _either(self.possible, other.possible)
        if self.exact and other.exact:
            return Candidates.exactly(possible)
        return Candidates(possible, _either(self.sure, other.sure))


def _common(some: Rows, others: Rows) -> Rows:
    if isinstance(some, range):
        return others
    return some if isinstance(others, range) else some & others


def _either(some: Rows, others: Rows) -> Rows:
    if not some:
        return others
    return {*some, *others} if others else some


def _without(some: Rows, others: Rows) -> Rows:
    if not others:
        return some
    return set(some).difference(others)
