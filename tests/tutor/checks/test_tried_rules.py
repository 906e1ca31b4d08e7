"""Rules tried in a collector of their own, and what a log alone tells about the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.checks.black_box import infer
from tutor.checks.probe import Probe
from tutor.checks.tried_rules import TriedRules, made_up
from tutor.course.lessons import Course
from tutor.errors import NotReadyError, UsageError
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import temporary_stack

NOBODY = Probe(Target("mine/", Path(), Path(), *["http://127.0.0.1:1"] * 4), Course())
LINE = "2026-11-27 09:30:00,123 web 5f2c GET /pair/beer took 43.4 ms"


def test_rules_are_tried_on_what_is_stored_for_them() -> None:
    honest = made_up(("web", "flask.request", "server"), ("taster", "flask.request", "server"))
    night = made_up(("taster", "flask.request", "server"))
    with temporary_stack(["collector"]) as stack:
        rules = TriedRules(b"only web may call taster", stack)
        assert rules.broken_by([honest]) == []
        [violation] = rules.broken_by([night])
        assert (violation["trace_id"], violation["subject"]) == (night["trace_id"], None)
        with pytest.raises(UsageError, match="line 1"):
            TriedRules(b"taster only for web", stack).broken_by([honest])


def test_a_log_that_nobody_can_read_is_no_exception() -> None:
    found = infer(NOBODY, ["{}", "[]"])
    assert not found.records
    assert "is in no form known here" in found.problem


def test_without_a_collector_nothing_can_be_compared() -> None:
    with pytest.raises(NotReadyError, match=r"127\.0\.0\.1:1"):
        infer(NOBODY, [LINE])
