"""The pattern language: what it reads, and how it says what is wrong with a pattern."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.infer.readers.lines import LineError
from collector.infer.readers.pattern import Pattern
from collector.infer.readers.pattern_fields import FIELDS, PatternError
from collector.infer.readers.read import LogFormError, read_records
from collector.infer.readers.settings import Settings
from collector.infer.records import Record
from collector.infer.rejects import Rejects

MS = 1_000_000
NOON = 1_795_780_800_000 * MS
SETTINGS = Settings("shop", {"10.0.0.9": "cart"})


def parsed(pattern: str, line: str) -> Record:
    return Pattern(pattern).parse(line, SETTINGS)


def test_the_example_of_the_documents() -> None:
    record = parsed(
        "{time:iso} {service} {request_id} {duration:ms} {name}",
        "2026-11-27T12:00:00.500Z web ab12 12.5 GET /pair/beer and more",
    )
    end = NOON + 500 * MS
    assert record == Record(
        "web", "GET /pair/beer and more", end - 12_500_000, end, "ab12", resolution=MS
    )


@pytest.mark.parametrize(
    ("pattern", "line", "expected"),
    [
        (
            "{start:s} {end:ms} {_} {name}",
            "1795780800.25 1795780801000 x y",
            (NOON + 250 * MS, NOON + 1000 * MS),
        ),
        (
            "[{start:clf}] {name}: {duration:us}µs",
            "[27/Nov/2026:13:00:00 +0100] a: b: 7µs",
            (NOON, NOON + 7000),
        ),
        (
            "{{{time:iso}}} took {duration:s}",
            "{2026-11-27 12:00:00+00:00}   took\t0.5",
            (NOON - 500 * MS, NOON),
        ),
        ("{end:ns} {name}", f"{NOON} x", (NOON, NOON)),
    ],
)
def test_moments_and_durations(pattern: str, line: str, expected: tuple[int, int]) -> None:
    record = parsed(pattern, line)
    assert (record.start, record.end) == expected
    assert record.has_duration == (expected[0] != expected[1])


def test_all_that_a_line_may_say_about_who_it_was() -> None:
    record = parsed(
        '{time:s} {caller} -> {callee} [{thread}] "{request}" id={request_id}',
        '1795780800 10.0.0.9:4711 -> db [main] "GET /beers?x=1 HTTP/1.1" id=-',
    )
    assert (record.service, record.caller, record.callee) == ("shop", "cart", "db")
    assert (record.name, record.thread, record.request_id) == ("GET /beers", "main", "")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "the pattern has no moment: add {time:iso}"),
        ("{name}", "the pattern has no moment"),
        ("{time:iso} {servce}", "character 12: no field is called {servce}; did you mean {servic"),
        ("{time:iso} {x\x1b}", r"character 12: no field is called {x\x1b}; fields are time, start"),
        ("{time}", "character 1: {time} needs a type, one of iso, clf, s, ms, us, ns, as in {time"),
        (
            "{time:iso} {duration:iso}",
            "character 12: {duration} needs a type, one of s, ms",
        ),
        ("{time:iso} {name:ms}", "character 12: {name} is text and has no type; write {name}"),
        ("{time:iso}{name}", "character 11: {time} and {name} touch each other; write"),
        ("{time:iso} {name", "character 12: a brace without its other one; write {{ for one"),
        ("{time:iso} }", "character 12: a brace without its other one; write }} for one"),
        ("{time:iso} {name} {name}", "character 19: {name} is there twice; {_} stands for what"),
        ("{time:iso} {end:iso}", "{time} and {end} are the same moment: leave one of them out"),
        ("{start:s} {end:s} {duration:s}", "start, end and duration are one too many"),
        ("{time:iso}" + "x" * 1000, "the pattern is longer than 1,000 characters"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said(pattern: str, message: str) -> None:
    with pytest.raises(PatternError, match=re.escape(message)):
        Pattern(pattern)
    with pytest.raises(LogFormError, match=re.escape(message)):
        list(read_records([], Rejects(), patterns=[pattern]))


def test_of_several_patterns_the_first_that_fits_reads_a_line() -> None:
    rejects = Rejects()
    lines = [b"1795780800 a", b"at 1795780800: b", b"nothing"]
    patterns = ["{time:s} {name}", "at {time:s}: {name}"]
    found = list(read_records(lines, rejects, patterns=patterns))
    assert [record.name for record in found] == ["a", "b"]
    assert [str(reject) for reject in rejects.kept] == [
        "line 3: {time} is not there as the pattern has it: nothing"
    ]


WORDS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=20)
NAMES = st.lists(WORDS.filter(lambda word: "|" not in word), min_size=1, max_size=3).map(" ".join)


@given(WORDS, WORDS, NAMES, st.integers(0, 10**18), st.integers(0, 10**12))
def test_what_was_written_is_read(
    service: str, request_id: str, name: str, start: int, duration: int
) -> None:
    milliseconds = f"{duration // MS}.{duration % MS:06}"
    line = f"{start} {service} {request_id} {name} | {milliseconds} ms"
    record = parsed("{start:ns} {service} {request_id} {name} | {duration:ms} ms", line)
    id_ = "" if request_id == "-" else request_id
    assert record == Record(service, name, start, start + duration, id_, resolution=1)


FIELD = st.sampled_from(
    [f"{{{name}}}" for name in FIELDS] + ["{time:iso}", "{start:s}", "{end:ms}"]
)
PATTERNS = st.lists(FIELD | st.text("{}: az0", max_size=3), max_size=8).map("".join)


@given(PATTERNS, st.text("{}: az0-.", max_size=60))
def test_any_pattern_reads_or_refuses_any_line(pattern: str, line: str) -> None:
    with suppress(PatternError, LineError):
        Pattern(pattern).parse(line, SETTINGS)


def test_a_long_line_that_nearly_fits_takes_no_longer_than_it_is_long() -> None:
    pattern = " ".join("{_}" for _ in range(100)) + " {time:s}x {_} {_}"
    with pytest.raises(LineError):
        parsed(pattern, "1 " * 32_000)
