"""What the laboratory found, as text."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.sampling.text_report import bar, error_in_words, percent, report, size, span_of_time


def spread(median: float, low: float | None = None, high: float | None = None) -> dict[str, float]:
    return {
        "median": median,
        "low": median if low is None else low,
        "high": median if high is None else high,
    }


def sampling(way: str, **more: Any) -> dict[str, Any]:
    error = spread(0.004, -0.1, 0.09)
    return {
        "way": way,
        "traces": spread(999),
        "bytes_per_day": spread(1.13e9),
        "errors": dict.fromkeys(("p50", "p95", "p99", "error_rate", "edges"), error),
        "slowest_kept": 0.065,
        "found": {"n_plus_one": 1.0},
    } | more


def answer(**more: Any) -> dict[str, Any]:
    broken = {"seen": spread(9576.1), "whole": 0.0, "orphans": 0.87}
    broken |= {"untrusted_critical_paths": 1.0}
    nothing = dict.fromkeys(("p50", "p95", "p99", "error_rate", "edges"))
    truth = {
        "traces": 10_000,
        "bytes": 26.1e6,
        "seconds": 200,
        "traces_per_day": 50 * 86_400,
        "bytes_per_day": 11.3e9,
        "duration": {"p50": 251e6, "p95": 487e6, "p99": 642e6},
        "error_rate": 0.019,
        "edges": 4,
        "findings": [{"kind": "n_plus_one", "lesson": "12-batch", "traces": 9}],
        "needed": {"within": 0.1, "certainty": 0.95, "traces": 926},
    }
    return {
        "seed": 1,
        "sample": {"how": "all 10,000 traces that match"},
        "truth": truth | more,
        "samplings": [
            sampling("head", rate=0.1, takes_s=185.2),
            sampling("tail", errors=nothing, found={"n_plus_one": None}),
            sampling("unitary", rate=0.0001, takes_s=185_181.5, broken=broken),
        ],
    }


def test_everything_is_said() -> None:
    text = "\n".join(report(answer()))
    assert "The truth: all 10,000 traces that match" in text
    assert "p50 251 ms · p95 487 ms · p99 642 ms · 1.9 % failed · 4 edges" in text
    assert "26.1 MB in 3.33 min, so 11.3 GB a day · seed 1" in text
    assert "head 10 %         999  1.13 GB   +0.4 (-10…+9) %" in text
    assert "+0.4 (-10…+9) pt" in text
    assert "0.4 (-10…9) %" in text
    assert "with 926 traces or more" in text
    assert "At 50 traces a second it takes so long to keep as many: at 10 % 3.09 min." in text
    assert "9,576 seen, none whole; 87 % of the spans without parent, 100 %" in text


def test_what_kept_nothing_has_no_figures() -> None:
    lines = list(report(answer()))
    tail, chart = (line for line in lines if line.startswith("tail"))
    assert tail.split()[-5:] == ["-"] * 5
    assert chart.endswith("nothing kept")
    [found] = [line for line in lines if line.startswith("n_plus_one")]
    assert found.split() == ["n_plus_one", "100", "%", "-", "100", "%"]


def test_where_no_number_is_enough_it_says_so() -> None:
    needed = {"within": 0.1, "certainty": 0.95, "traces": None}
    text = "\n".join(report(answer(needed=needed)))
    assert "No number of traces up to ten million gets p99 right" in text


def test_a_line_fits_into_120_columns() -> None:
    samplings = answer()["samplings"] * 3
    widest = spread(-0.0074, -0.007, 0.008)
    for each in samplings:
        each["errors"] = dict.fromkeys(("p50", "p95", "p99", "error_rate"), widest)
        each["errors"]["edges"] = spread(1.0, 0.99, 1.0)
    assert max(map(len, report(answer() | {"samplings": samplings}))) <= 120


@pytest.mark.parametrize(
    ("error", "drawn"),
    [
        (spread(0, -1, 1), "├" + "─" * 23 + "●" + "─" * 23 + "┤"),
        (spread(0.5, 0, 3), " " * 24 + "├" + "─" * 11 + "●" + "─" * 11 + "→"),
        (spread(0), " " * 24 + "●"),
    ],
)
def test_the_bar(error: dict[str, float], drawn: str) -> None:
    assert bar(error) == drawn


def test_numbers_in_words() -> None:
    assert [percent(share) for share in (0, 0.00001, 0.0001, 0.015, 0.5, 0.9999, 1)] == [
        "0 %",
        "< 0.01 %",
        "0.01 %",
        "1.5 %",
        "50 %",
        "> 99.9 %",
        "100 %",
    ]
    assert [size(number) for number in (12, 2600, 1.13e9)] == ["12 B", "2.6 kB", "1.13 GB"]
    assert [span_of_time(seconds) for seconds in (1, 185.2, 7200, 1e9)] == [
        "1 s",
        "3.09 min",
        "2 h",
        "11,574 days",
    ]
    assert error_in_words("p50", None) == "-"
