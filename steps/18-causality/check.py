"""Lesson 18 is done once evictions name who filled the entry, and a logical clock travels along."""

from __future__ import annotations

from tutor.checks import Probe, must_have_default_dials, same_answers


def check(app: Probe) -> None:
    """Check who is said to have caused what."""
    must_have_default_dials(app)
    same_answers(app)
