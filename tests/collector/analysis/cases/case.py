"""A designed case: a trace, and what a detector must and must not name in it."""

from __future__ import annotations

from typing import NamedTuple

from tests.collector.analysis.trace_builder import Piece


class Case(NamedTuple):
    """One kind of trace. All detectors look at it."""

    title: str
    finds: str
    """Names of all detectors that must name something, with spaces between; the others must not."""
    root: Piece
    may: str = ""
    """Names of detectors that may name something: whether they are right is a matter of taste."""
