"""The options of a load run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import pytest

from tutor.load import options, text_report


def parse(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    options.add_arguments(parser)
    return parser.parse_args(arguments)


def test_locust_gets_the_same_options() -> None:
    arguments = options.locust_options(
        parse("--users=7", "--shape=waves", "--visitors=pairers, diners", "--rate=2.5", "--wave=6s")
    )
    assert arguments[-2:] == ["Pairer", "Diner"]
    text = " ".join(arguments)
    assert "--users 7 --spawn-rate 7 --run-time 30s --shape waves" in text
    assert "--rate 2.5 --wave 6" in text


@pytest.mark.parametrize(
    "wrong",
    [
        "--users=0",
        "--users=501",
        "--users=many",
        "--run-time=11m",
        "--shape=circle",
        "--visitors=cats",
        "--rate=0",
        "--rate=1e9",
        "--think=2h",
        "--workers=33",
    ],
)
def test_what_makes_no_sense_or_is_too_much_is_refused(wrong: str) -> None:
    with pytest.raises(SystemExit) as end:
        parse(wrong)
    assert end.value.code == 2


def test_no_time_to_think_is_a_time() -> None:
    assert parse("--think=0").think == parse("--think=0s").think == 0


@pytest.mark.parametrize(
    ("rate", "words"),
    [(1, "1 request per second"), (2.5, "2.5 requests per second")],
)
def test_a_rate_has_the_same_words_before_a_run_and_in_its_report(rate: float, words: str) -> None:
    load = {"users": 7, "shape": "constant", "mode": "open", "wave": None, "rate": rate}
    assert options.in_words(parse(f"--rate={rate}", "--users=7")) == f"7 users, {words} for 30 s"
    assert text_report.load_in_words(load) == f"7 visitors, open: {words}"
