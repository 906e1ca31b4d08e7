"""Where the ranges of errors are drawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.charts.error_ranges import WIDTH, error_ranges, name_of

ERRORS = st.lists(st.floats(-1, 50), min_size=3, max_size=3).map(
    lambda values: dict(zip(("low", "median", "high"), sorted(values), strict=True))
)


def sampling(error: dict[str, float] | None, **more: Any) -> dict[str, Any]:
    return {
        "way": "head",
        "rate": 0.01,
        "errors": dict.fromkeys(("p50", "p95", "p99"), error),
    } | more


@given(st.lists(ERRORS, min_size=1, max_size=9))
def test_everything_is_on_the_sheet_and_in_order(errors: list[dict[str, float]]) -> None:
    sheet = error_ranges([sampling(error) for error in errors])
    for panel in sheet.panels:
        assert (
            0 < panel.left < panel.right_from < panel.truth < panel.right_to < panel.right < WIDTH
        )
        for drawn, error in zip(panel.ranges, errors, strict=True):
            assert panel.left <= drawn.low <= drawn.median <= drawn.high <= panel.right
            assert sheet.top < drawn.y < sheet.bottom
            assert drawn.goes_on == (error["high"] > 1)


def test_no_error_is_drawn_at_the_truth_and_said_in_words() -> None:
    [panel, *_] = error_ranges([sampling({"low": -0.1, "median": 0.0, "high": 0.1})]).panels
    [drawn] = panel.ranges
    assert drawn.median == panel.truth
    assert (drawn.low, drawn.high) == pytest.approx((panel.right_from, panel.right_to))
    assert drawn.words == "head 1 %: p50 is off by ±0 %, −10 % to +10 %"


def test_what_kept_nothing_has_a_row_and_no_range() -> None:
    sheet = error_ranges([sampling(None), sampling(None, way="unitary", rate=0.0001)])
    assert [row.name for row in sheet.rows] == ["head 1 %", "unitary 0.01 %"]
    assert not any(panel.ranges for panel in sheet.panels)
    assert name_of({"way": "tail"}) == "tail"
