"""What the tutor knows of a build: the complaint that the learner gets to read, the visits that
bring the trouble about, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutor.checks.stored_trace import Span


@dataclass(frozen=True)
class Key:
    """The key to one build.

    `visits` are paths to ask for: all of one wave at once, and one wave after another. `operations`
    are the names of spans that are right. `why_not` says why a span of such an operation does not
    show the trouble, "" if it does. `gives_wrong_answers` tells a build that is wrong from one that
    is slow. `learned` is for who has found it.
    """

    title: str
    complaint: str
    visits: Sequence[Sequence[str]]
    operations: frozenset[str]
    cause: str
    why_not: Callable[[Span], str]
    hints: Sequence[str]
    learned: str
    gives_wrong_answers: bool = False


def one_by_one(paths: Sequence[str]) -> list[list[str]]:
    """Return visits of which no two overlap."""
    return [[path] for path in paths]
