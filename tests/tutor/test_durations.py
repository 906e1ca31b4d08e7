"""Lengths of time, read and written."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.durations import clock, readable, seconds


@pytest.mark.parametrize(
    ("text", "length"),
    [("30s", 30), ("90", 90), ("2m", 120), ("1m30s", 90), ("1h", 3600), ("0.5s", 0.5), (" 5s ", 5)],
)
def test_reading(text, length):
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "s", "0", "0s", "-5s", "soon", "5 minutes", "1s1m", "nan"])
def test_what_is_not_a_length_of_time(text):
    with pytest.raises(ArgumentTypeError, match="not a length of time"):
        seconds(text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(1, 59))
def test_parts_add_up(hours, minutes, rest):
    assert seconds(f"{hours}h{minutes}m{rest}s") == hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (None, "-"),
        (0, "0 ns"),
        (999, "999 ns"),
        (1500, "1.5 µs"),
        (412_345_678, "412 ms"),
        (1_204_000_000, "1.2 s"),
        (4_321_000_000_000, "4321 s"),
    ],
)
def test_writing(nanoseconds, text):
    assert readable(nanoseconds) == text


def test_the_clock():
    assert [clock(length) for length in (0, 9.9, 60, 3599)] == ["0:00", "0:09", "1:00", "59:59"]
