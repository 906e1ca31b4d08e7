"""What can be asked of a load test on the command line, and how Locust is told."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable

from tutor.durations import run_time, seconds
from tutor.terminal import count

MOST_USERS = 500
MOST_WORKERS = 32
MOST_RATE = 1000.0
LONGEST_THOUGHT = 60.0

SHAPES = ("constant", "steps", "spike", "waves")
VISITORS = {
    "browsers": "Browser",
    "pairers": "Pairer",
    "readers": "Reader",
    "diners": "Diner",
}
"""Who can visit the app, and the class in `loadtest/` that imitates them."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what a run can be told."""
    add = parser.add_argument
    add("--users", type=users, default=10, metavar="N", help="visitors at most; 10 unless told")
    add("--run-time", type=run_time, default=30.0, metavar="TIME", help="30s unless told")
    add("--shape", choices=SHAPES, default="constant", help="how the number of visitors changes")
    add(
        "--visitors",
        type=visitors,
        default=[],
        metavar="WHO",
        help=f"only these kinds, with commas between them: {', '.join(VISITORS)}",
    )
    add("--think", type=thought, default=2.0, metavar="TIME", help="between requests; 2s or 0")
    add(
        "--rate",
        type=rate,
        default=0.0,
        metavar="N",
        help="open mode: so many requests a second, however slow the answers are",
    )
    add("--wave", type=seconds, default=5.0, metavar="TIME", help="shape waves: how often; 5s")
    add(
        "--workers",
        type=workers,
        default=1,
        metavar="N",
        help="spread the visitors over so many processes",
    )
    add("--note", default="", metavar="TEXT", help="kept with the run, to tell it from others")


def in_words(asked: Namespace) -> str:
    """Which load was asked for, in a few words."""
    shape = "" if asked.shape == "constant" else f", {asked.shape}"
    rate = f", {asked.rate:g} requests a second" if asked.rate else ""
    return f"{count(asked.users, 'user')}{shape}{rate} for {asked.run_time:.0f} s"


def locust_options(asked: Namespace) -> list[str]:
    """The same for Locust."""
    users = str(asked.users)
    options = ["--users", users, "--spawn-rate", users, "--run-time", f"{asked.run_time:g}s"]
    options += ["--shape", asked.shape, "--think", f"{asked.think:g}", "--rate", f"{asked.rate:g}"]
    options += ["--wave", f"{asked.wave:g}", "--note", asked.note]
    return [*options, *(VISITORS[name] for name in asked.visitors)]


def users(text: str) -> int:
    """A number of users that one machine can imitate."""
    return whole(text, MOST_USERS, "users")


def workers(text: str) -> int:
    """A number of processes that Locust may be spread over."""
    return whole(text, MOST_WORKERS, "workers")


def whole(text: str, most: int, what: str) -> int:
    """A whole number from 1 to `most`. Raises `ArgumentTypeError`."""
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ArgumentTypeError(f"{text!r} is not a number of {what} from 1 to {most}")
    return int(text)


def rate(text: str) -> float:
    """Requests a second. Raises `ArgumentTypeError`."""
    return _number(float, text, 0.1, MOST_RATE, "requests a second")


def thought(text: str) -> float:
    """Seconds between two requests of a visitor; none at all is a length, too."""
    return _number(
        lambda each: 0.0 if each in ("0", "0s") else seconds(each),
        text,
        0,
        LONGEST_THOUGHT,
        "seconds",
    )


def visitors(text: str) -> list[str]:
    """Kinds of visitors. Raises `ArgumentTypeError`."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in VISITORS:
            raise ArgumentTypeError(f"{name!r} is none of {', '.join(VISITORS)}")
    return names


def _number(read: Callable[[str], float], text: str, low: float, high: float, what: str) -> float:
    try:
        value = read(text)
    except ValueError:
        value = -1
    if not low <= value <= high:
        raise ArgumentTypeError(f"{text!r} is not a number of {what} from {low:g} to {high:g}")
    return value
