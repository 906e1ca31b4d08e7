"""The options of `./workshop load`, and the same as Locust's options."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable

from tutor.arguments import did_you_mean
from tutor.durations import run_time, seconds
from tutor.terminal import count

MAX_USERS = 500
MAX_WORKERS = 32
MAX_RATE = 1000.0
"""Requests per second."""
MAX_THINK_S = 60.0

SHAPES = ("constant", "steps", "spike", "waves")
VISITORS = {
    "browsers": "Browser",
    "pairers": "Pairer",
    "readers": "Reader",
    "diners": "Diner",
}
"""The kinds of visitors, and the classes in `loadtest/` that simulate them."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of a load run."""
    add = parser.add_argument
    add(
        "--users",
        type=users,
        default=10,
        metavar="N",
        help="maximum number of visitors (default: 10)",
    )
    add(
        "--run-time",
        type=run_time,
        default=30.0,
        metavar="TIME",
        help="how long to run (default: 30s)",
    )
    add(
        "--shape",
        choices=SHAPES,
        default="constant",
        help="how the number of visitors changes (default: constant)",
    )
    add(
        "--visitors",
        type=visitors,
        default=[],
        metavar="KINDS",
        help=f"only these kinds, separated by commas: {', '.join(VISITORS)} (default: all)",
    )
    add(
        "--think",
        type=think_time,
        default=2.0,
        metavar="TIME",
        help="pause between a visitor's requests; 0 for none (default: 2s)",
    )
    add(
        "--rate",
        type=rate,
        default=0.0,
        metavar="N",
        help="open mode: N requests per second, however slow the answers are",
    )
    add(
        "--wave",
        type=seconds,
        default=5.0,
        metavar="TIME",
        help="time between two waves, with --shape waves (default: 5s)",
    )
    add(
        "--workers",
        type=workers,
        default=1,
        metavar="N",
        help="number of processes to spread the visitors over (default: 1)",
    )
    add("--note", default="", metavar="TEXT", help="a note stored with the run, to recognize it by")


def in_words(arguments: Namespace) -> str:
    """Return in a few words which load was asked for."""
    shape = "" if arguments.shape == "constant" else f", {arguments.shape}"
    rate = f", {rate_in_words(arguments.rate)}" if arguments.rate else ""
    return f"{count(arguments.users, 'user')}{shape}{rate} for {arguments.run_time:.0f} s"


def rate_in_words(rate: float) -> str:
    """Return the rate of an open load: `2.5 requests per second`."""
    return f"{rate:g} {'request' if rate == 1 else 'requests'} per second"


def locust_options(arguments: Namespace) -> list[str]:
    """Return the load that was asked for as Locust's command-line options."""
    users = str(arguments.users)
    options = ["--users", users, "--spawn-rate", users, "--run-time", f"{arguments.run_time:g}s"]
    options += ["--shape", arguments.shape, "--think", f"{arguments.think:g}"]
    options += ["--rate", f"{arguments.rate:g}", "--wave", f"{arguments.wave:g}"]
    options += ["--note", arguments.note]
    return [*options, *(VISITORS[kind] for kind in arguments.visitors)]


def users(text: str) -> int:
    """Return a number of users that one machine can simulate. Raises as `whole_number` does."""
    return whole_number(text, MAX_USERS, "users")


def workers(text: str) -> int:
    """Return a number of processes to spread Locust over. Raises as `whole_number` does."""
    return whole_number(text, MAX_WORKERS, "workers")


def whole_number(text: str, largest: int, what: str) -> int:
    """Return `text` as a whole number.

    Raises `ArgumentTypeError` if it is not one from 1 to `largest`.
    """
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise ArgumentTypeError(f"{text!r} is not a number of {what} from 1 to {largest}")
    return int(text)


def rate(text: str) -> float:
    """Return requests per second. Raises `ArgumentTypeError` if it is not a rate in bounds."""
    return _number(float, text, 0.1, MAX_RATE, "requests per second")


def think_time(text: str) -> float:
    """Return the seconds between two requests of a visitor, which may be 0.

    Raises `ArgumentTypeError` if it is not a length of time, or longer than `MAX_THINK_S`.
    """
    return _number(
        lambda length: 0.0 if length in ("0", "0s") else seconds(length),
        text,
        0,
        MAX_THINK_S,
        "seconds",
    )


def visitors(text: str) -> list[str]:
    """Return kinds of visitors. Raises `ArgumentTypeError` if one of them does not exist."""
    kinds = [kind.strip() for kind in text.split(",")]
    for kind in kinds:
        if kind not in VISITORS:
            hint = did_you_mean(kind, VISITORS)
            raise ArgumentTypeError(f"{kind!r} is not one of {', '.join(VISITORS)}.{hint}")
    return kinds


def _number(read: Callable[[str], float], text: str, low: float, high: float, what: str) -> float:
    try:
        value = read(text)
    except ValueError:
        value = -1
    if not low <= value <= high:
        raise ArgumentTypeError(f"{text!r} is not a number of {what} from {low:g} to {high:g}")
    return value
