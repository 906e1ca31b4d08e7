"""Numbers, durations and moments as text."""

from __future__ import annotations

import pytest

from ui.words import wording


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1000, "1 µs"),
        (85_349, "85.3 µs"),
        (999_600, "1 ms"),
        (412_345_678, "412 ms"),
        (1_236_000_000, "1.24 s"),
        (99_960_000_000, "100 s"),
        (7_200_000_000_000, "7,200 s"),
    ],
)
def test_durations_have_three_digits(ns: int, text: str) -> None:
    assert wording.duration(ns) == text


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ((380_000_000, 455_000_000), "380 to 455 ms"),
        ((980_000_000, 1_200_000_000), "980 ms to 1.2 s"),
        ((0, 1), "0 to 1 ns"),
        ((412_100_000, 412_200_000), "412 ms"),
        ((380_000_000, None), "at least 380 ms"),
        ((0, None), "at least 0 ns"),
        ((None, 455_000_000), "at most 455 ms"),
        ((None, None), "too few to tell"),
    ],
)
def test_what_is_known_of_a_duration(bounds: tuple[int | None, int | None], text: str) -> None:
    assert wording.between(bounds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (2475, "2.5k"), (25_003, "25k")]
)
def test_compact_numbers(number: int, text: str) -> None:
    assert wording.compact(number) == text


def test_numbers_with_their_noun() -> None:
    assert wording.counted(1, "span") == "1 span"
    assert wording.counted(12_345, "span") == "12,345 spans"


def test_moments_keep_their_milliseconds() -> None:
    assert wording.moment("1795175751205294639") == "2026-11-20T11:55:51.205Z"
    assert wording.clock("1795175751205294639") == "2026-11-20 11:55:51.205 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (12, "12 s"), (300, "5 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_ages(seconds: int, text: str) -> None:
    now = 1_795_175_751 * 10**9
    assert wording.age(str(now - seconds * 10**9), now) == text
