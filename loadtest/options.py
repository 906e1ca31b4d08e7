"""options: what this load test can be told besides Locust's own options."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentTypeError
from typing import Any

from locust.argument_parser import parse_timespan

from loadtest import pace, target
from loadtest.levels import SHAPES

LONGEST = 3600
"""Seconds after which a run is ended whatever it was told."""
LONGEST_THOUGHT = 60.0


def add_to(parser: Any) -> None:
    """Add them, and bounds to what Locust does when nothing is said."""
    # At the end everybody may finish what they are at: a request that is cut off is no sample.
    parser.set_defaults(host=target.WEB_URL, run_time="1h", stop_timeout="10s", class_picker=True)
    add = parser.add_argument
    add(
        "--allow-host",
        env_var="ALLOW_HOST",
        default="",
        metavar="NAME",
        help="another machine that may be put under load, besides this one and WEB_URL's",
    )
    add(
        "--slow",
        env_var="SLOW_S",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="print requests that take longer than this; 1 unless told",
    )
    add(
        "--shape",
        env_var="SHAPE",
        default="constant",
        choices=SHAPES,
        help="how the number of visitors changes; here Locust's page has a list of its own",
        include_in_web_ui=False,
    )
    add(
        "--think",
        type=seconds,
        default=2.0,
        metavar="SECONDS",
        help="for how long visitors think between an answer and their next request, on average",
    )
    add(
        "--rate",
        type=rate,
        default=0.0,
        metavar="N",
        help="open mode: requests a second of all visitors together, however slow the answers; 0"
        " for the closed mode, in which visitors wait for an answer and think",
    )
    add(
        "--wave",
        type=seconds,
        default=5.0,
        metavar="SECONDS",
        help="the shape Waves: everybody comes at once, so often",
    )
    add("--note", default="", metavar="TEXT", help="kept with the run, to tell it from others")
    add(
        "--mark",
        default="",
        metavar="TEXT",
        help="mark all traces with this (load.mark), and do not store the run",
        include_in_web_ui=False,
    )
    # What the first process tells the others when a run starts.
    add("--peak", type=int, default=1, include_in_web_ui=False, help=SUPPRESS)
    add("--run-number", type=int, default=0, include_in_web_ui=False, help=SUPPRESS)
    add(
        "--record",
        default=os.environ.get("RECORD", ""),
        metavar="FILE",
        help="keep the run so far in this file, for whoever watches it",
        include_in_web_ui=False,
    )


def seconds(text: str) -> float:
    """For argparse: a number of seconds that a visitor may pause for."""
    return _between(text, 0, LONGEST_THOUGHT, "a number of seconds")


def rate(text: str) -> float:
    """For argparse: requests a second."""
    return _between(text, 0, pace.MOST, "a number of requests a second")


def _between(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not low <= value <= high:
        raise ArgumentTypeError(f"{text!r} is not {what} from {low:g} to {high:g}")
    return value


def run_time(options: Any) -> float:
    """Seconds that the run is to last."""
    told = options.run_time
    length = parse_timespan(told) if isinstance(told, str) else told
    return float(min(length or LONGEST, LONGEST))
