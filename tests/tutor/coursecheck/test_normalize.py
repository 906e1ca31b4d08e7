"""Comparing what lessons show with what is printed."""

from __future__ import annotations

import pytest

from tutor.coursecheck.normalize import id_replacements, matches
from tutor.coursecheck.rewrite_output import updated_output

A, B = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b700f067aa0ba902b7"


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("pair took 640.0 ms", "pair took 7 ms"),
        ("2026-11-20 12:00:00,000 pair took 1.5 s", "2027-01-01 00:00:59,123 pair took 12 s"),
        (
            f"traceresponse: 00-{A}-a3ce929d0e0e4736-01",
            f"traceresponse: 00-{B}-00f067aa0ba902b7-01",
        ),
        ("  639 ms ████████████████ web", "  1.2 s ·······█████████ web"),
        ('    "duration": 412000000,', '    "duration": 9,'),
        ('"start": "1795176736290129700"', '"start": "1795176736290129711"'),
        ("ratio 2.1×; 62% of 81 pairings", "ratio 14.0×; 7% of 1,204 pairings"),
        (
            "time   0.29 ms more per request, give or take 0.10 ms",
            "time   too small to measure here: at most 63.00 ms more per request",
        ),
        ("8.5 % of its work (98.3 ms)", "-0.1 % of its work (55.0 ms)"),
        ("calls  0.222   0.200   2  9  10", "calls  0.100   0.900   10  9  10"),
    ],
)
def test_times_and_ids_may_differ(shown, printed):
    assert matches([shown], [printed])


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (["pair took 1 ms"], ["taste took 1 ms"]),
        (["calls  1.000   1.000   9  9  9"], ["calls  0.889   0.889   8  9  9"]),
        (['{"score":93.0}'], ['{"score":93.1}']),
        (["24 spans in 1 s"], ["23 spans in 1 s"]),
        (["300 ms  ×12 db"], ["300 ms  ×13 db"]),
        (["a"], ["a", "b"]),
        (["a", "b"], ["a"]),
        (["b", "a"], ["a", "b"]),
        (["a", "…", "b", "c"], ["a", "b"]),
    ],
)
def test_nothing_else_may(shown, printed):
    assert not matches(shown, printed)


def test_lines_may_be_left_out():
    assert matches(["a", "…", "d"], ["a", "b", "c", "d"])
    assert matches(["…"], [])


def test_things_at_the_same_time_print_in_any_order():
    assert matches(["b", "a"], ["a", "b"], in_order=False)


def test_shown_output_is_updated_and_what_is_left_out_stays_out():
    assert updated_output(["old"], ["a", "b"]) == ["a", "b"]
    assert updated_output(["old", "…", "old"], ["a", "b", "c", "d"]) == ["a", "…", "d"]
    assert updated_output(["…"], ["a"]) == ["…"]
    assert updated_output(["…", "old"], ["a"]) == ["a"]


def test_an_id_that_is_shown_stands_for_the_one_that_was_printed():
    assert id_replacements([f"id {A}"], [f"id {B}"]) == {A: B}
    assert id_replacements([f"id {A}", "…", f"id {B}"], [f"id {B}", f"id {A}"]) == {A: B}
