"""The options of this load test, in addition to Locust's own."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentTypeError
from typing import Any

from locust.argument_parser import parse_timespan

from loadtest import pace, target
from loadtest.shapes import SHAPES

MAX_RUN_TIME_S = 3600
"""Seconds after which a run ends, whatever its options say."""
MAX_PAUSE_S = 60.0
"""Bound of `--think` and `--wave`, in seconds."""


def add_to(parser: Any) -> None:
    """Add the options, and bound what Locust does by default."""
    # At the end users may finish their request: one that is cut off is not a sample.
    parser.set_defaults(host=target.WEB_URL, run_time="1h", stop_timeout="10s", class_picker=True)
    add = parser.add_argument
    add(
        "--allow-host",
        env_var="ALLOW_HOST",
        default="",
        metavar="NAME",
        help="another machine that may be put under load (in addition to this one and WEB_URL's)",
    )
    add(
        "--slow",
        env_var="SLOW_S",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="print requests that take longer than this (default: 1)",
    )
    _add_load_options(parser)
    _add_record_options(parser)


def _add_load_options(parser: Any) -> None:
    """Add the options that say how many requests come, and when."""
    add = parser.add_argument
    add(
        "--shape",
        env_var="SHAPE",
        default="constant",
        choices=SHAPES,
        help="how the number of users changes; Locust's page has its own list for this",
        include_in_web_ui=False,
    )
    add(
        "--think",
        type=seconds,
        default=2.0,
        metavar="SECONDS",
        help="average time between a response and the user's next request (default: 2)",
    )
    add(
        "--rate",
        type=rate,
        default=0.0,
        metavar="N",
        help="open mode: N requests per second from all users together, however slow the responses;"
        " 0 for the closed mode, in which users wait for a response and think (default: 0)",
    )
    add(
        "--wave",
        type=seconds,
        default=5.0,
        metavar="SECONDS",
        help="shape Waves: time between two waves of requests (default: 5)",
    )


def _add_record_options(parser: Any) -> None:
    """Add the options that say what becomes of a run's record."""
    add = parser.add_argument
    add("--note", default="", metavar="TEXT", help="stored with the run, to tell it from others")
    add(
        "--mark",
        default="",
        metavar="TEXT",
        help="tag all traces with this (load.mark), and do not store the run",
        include_in_web_ui=False,
    )
    # Set by the first process and sent to the others when a run starts.
    add("--peak", type=int, default=1, include_in_web_ui=False, help=SUPPRESS)
    add("--run-number", type=int, default=0, include_in_web_ui=False, help=SUPPRESS)
    add(
        "--record",
        default=os.environ.get("RECORD", ""),
        metavar="FILE",
        help="keep the record of the run so far in this file",
        include_in_web_ui=False,
    )


def seconds(text: str) -> float:
    """Return a pause in seconds, for argparse."""
    return _between(text, 0, MAX_PAUSE_S, "a number of seconds")


def rate(text: str) -> float:
    """Return requests per second, for argparse."""
    return _between(text, 0, pace.MAX_RATE_PER_S, "a number of requests per second")


def _between(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not low <= value <= high:
        raise ArgumentTypeError(f"{text!r} is not {what} from {low:g} to {high:g}")
    return value


def run_time_s(options: Any) -> float:
    """Return the seconds that the run is to last."""
    run_time = options.run_time
    seconds = parse_timespan(run_time) if isinstance(run_time, str) else run_time
    return float(min(seconds or MAX_RUN_TIME_S, MAX_RUN_TIME_S))
