"""Rate, errors and durations as shapes on a sheet."""

from __future__ import annotations

from typing import Any

import pytest

from ui.charts.timeline import LEFT, PLOT_WIDTH, TOP, steps_with_traces, timeline

MS = 1_000_000
SECOND = 10**9


def series(*cells: tuple[int, int, float, float], buckets: int = 10) -> dict[str, Any]:
    """A series with bars of 1–2–4–… ms; cells are bucket, bar, traces, errors."""
    bars = [{"low": 2**at * MS, "high": 2 ** (at + 1) * MS} for at in range(12)]
    filled: list[dict[str, Any]] = [
        {"traces": 0.0, "errors": 0.0, "p50": None, "p95": None, "p99": None}
        for _ in range(buckets)
    ]
    histogram = [{**bar, "traces": 0.0, "errors": 0.0} for bar in bars]
    for bucket, bar, traces, errors in cells:
        middle = round(1.5 * 2**bar * MS)
        filled[bucket] |= {"p50": middle, "p95": middle, "p99": middle}
        for each in (filled[bucket], histogram[bar]):
            each["traces"] += traces
            each["errors"] += errors
    return {
        "begin": str(1_795_000_000 * SECOND),
        "step": 6 * SECOND,
        "buckets": filled,
        "bars": bars,
        "histogram": histogram,
        "cells": [
            {"bucket": b, "bar": at, "traces": t, "kept": t, "errors": e, "trace_id": f"{b:032x}"}
            for b, at, t, e in cells
        ],
    }


def test_nothing_gives_no_sheet() -> None:
    assert timeline(series()) is None


def test_cells_are_where_and_when_their_traces_were() -> None:
    sheet = timeline(series((0, 3, 1, 0), (9, 5, 8, 2)))
    assert sheet is not None
    early, late = sheet.cells
    assert early.x == pytest.approx(LEFT)
    assert late.x == pytest.approx(LEFT + PLOT_WIDTH * 0.9)
    assert late.y < early.y, "longer durations stand higher"
    assert late.intensity == 1 > early.intensity > 0.15
    assert (early.failing, late.failing) == (False, True)
    assert late.words.startswith("8 of 32 ms to 64 ms at ")
    assert (late.begin, late.end) == (1_795_000_054 * SECOND, 1_795_000_060 * SECOND)
    assert (late.low, late.high) == (32 * MS, 64 * MS)


def test_only_durations_that_occurred_take_up_room() -> None:
    few = timeline(series((0, 5, 1, 0)))
    many = timeline(series((0, 0, 1, 0), (0, 11, 1, 0)))
    assert few is not None
    assert many is not None
    assert few.bottom < many.bottom
    for sheet in (few, many):
        for cell in sheet.cells:
            assert cell.y >= TOP
            assert cell.y + cell.height <= sheet.bottom


def test_percentiles_are_in_the_cell_of_their_only_trace() -> None:
    sheet = timeline(series((4, 5, 1, 0)))
    assert sheet is not None
    [cell] = sheet.cells
    for name, path in sheet.lines:
        assert path.count("M") == 1, "steps without traces have no dash"
        y = float(path[1:].split("h")[0].split()[1])
        assert cell.y < y < cell.y + cell.height, name


def test_bars_are_as_high_as_there_are_traces() -> None:
    sheet = timeline(series((0, 3, 10, 5), (1, 3, 5, 0)))
    assert sheet is not None
    assert sheet.rate[0].height == pytest.approx(2 * sheet.rate[1].height)
    [failed] = sheet.errors
    assert failed.height == pytest.approx(sheet.rate[1].height)
    [total] = sheet.totals
    assert total.words == "8 ms to 16 ms: 15 traces (100 %), 5 with errors"


@pytest.mark.parametrize("step", [10**6, SECOND, 60 * SECOND, 3600 * SECOND, 10**5 * SECOND])
def test_labels_on_the_axis_of_time_are_few_and_inside(step: int) -> None:
    sheet = timeline(series((0, 3, 1, 0)) | {"step": step})
    assert sheet is not None
    assert len(sheet.times) <= 10
    assert all(LEFT <= label.x <= LEFT + PLOT_WIDTH for label in sheet.times)
    assert len({label.text for label in sheet.times}) == len(sheet.times)


def test_the_table_has_every_step_with_traces() -> None:
    given = series((0, 3, 1, 0), (0, 5, 1, 0), (7, 3, 2, 1))
    sheet = timeline(given)
    assert sheet is not None
    first, second = steps_with_traces(given, sheet)
    assert first["begin"] == given["begin"]
    assert [cell.high for cell in first["cells"]] == [64 * MS, 16 * MS]
    assert second["errors"] == 1


def test_a_duration_of_nothing_has_a_place() -> None:
    given = series((0, 0, 1, 0))
    given["bars"][0]["low"] = 0
    given["buckets"][0] |= {"p50": 0, "p95": 0}
    assert timeline(given) is not None
