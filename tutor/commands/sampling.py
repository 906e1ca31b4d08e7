"""Measure what a sample of your traces would still tell.

Takes what is stored and samples it again and again: at the head (10 %, 1 %, 0.1 % and 0.01 % of the
traces), at the tail (by the policies in force) and unitarily (each span for itself). Says for each
what is kept, how far percentiles, error rate and the edges of the map are from the truth, whether
the slowest trace and each bottleneck is still found, and how many traces are needed until p99 is
right within 10 %. docs/sampling.md says how each figure is computed.

examples:
  ./workshop sampling
  ./workshop sampling --load           after 20,000 requests of its own, which take some minutes
  ./workshop sampling --load 2000 --from 10m
  ./workshop sampling --query 'root.resource:"GET /pair/beer"'
  ./workshop sampling --policies tail-sampling.json --json > FILE
"""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace

from tutor.durations import seconds
from tutor.errors import Exit, NotReadyError, UsageError
from tutor.file_errors import explain
from tutor.load.options import whole_number
from tutor.sampling.experiment import asked
from tutor.sampling.requests import make_requests
from tutor.sampling.text_report import report
from tutor.supervisor.client import tell_if_abandoned
from tutor.supervisor.own_stack import own_address
from tutor.terminal import StatusLine, paint

DEFAULT_LOAD = 20_000
MAX_LOAD = 100_000
SETTLE_S = 3.0
"""How long the last traces of a load may take to arrive."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--query", metavar="Q", default="", help="only the traces that match this search"
    )
    parser.add_argument(
        "--from",
        dest="since",
        type=seconds,
        metavar="TIME",
        help="only the traces of this last while: 10m, 2h (default: all)",
    )
    parser.add_argument(
        "--policies",
        metavar="FILE",
        help='policies for the tail, [{"keep": "error"}, …] in JSON (default: those in force)',
    )
    parser.add_argument(
        "--load",
        nargs="?",
        type=requests,
        const=DEFAULT_LOAD,
        metavar="N",
        help=f"make N requests to the app first (without N: {DEFAULT_LOAD:,})",
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=1,
        metavar="N",
        help="where chance begins: the same seed draws the same samples (default: 1)",
    )
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")


def requests(text: str) -> int:
    """Return how many requests to make. Raises `ArgumentTypeError` if that is not a number."""
    return whole_number(text, MAX_LOAD, "requests")


def seed(text: str) -> int:
    """Return where chance begins. Raises `ArgumentTypeError` if that is not a number."""
    return whole_number(text, 2**32, "seed")


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    collector = own_address("collector")
    parameters = _parameters(arguments)
    line = StatusLine(stream=sys.stderr)
    try:
        if arguments.load:
            make_requests(own_address("web"), arguments.load, line.show)
            time.sleep(SETTLE_S)
        answer = asked(collector, parameters, line.show)
    finally:
        line.end()
    if not answer["truth"]["traces"]:
        raise NotReadyError(_nothing(arguments))
    if arguments.json:
        print(json.dumps(answer, indent=1))
    else:
        print("\n".join(report(answer)))
        page = paint("Sampling › Laboratory", "cyan")
        print(f"\nThe same as a page: {page}. How it is computed: docs/sampling.md")
    return Exit.GOOD


def _parameters(arguments: Namespace) -> dict[str, str]:
    """Return what to ask for. Raises `UsageError` if there are no policies in the file."""
    parameters = {"q": arguments.query, "seed": str(arguments.seed)}
    if arguments.since:
        parameters["from"] = str(time.time_ns() - int(arguments.since * 1e9))
    if arguments.policies:
        try:
            with open(arguments.policies, encoding="utf-8") as file:
                policies = json.load(file)
        except OSError as problem:
            raise UsageError(explain(problem)) from None
        except ValueError as problem:
            raise UsageError(f"{arguments.policies} is not JSON: {problem}") from None
        if isinstance(policies, dict):  # as PUT /sampling/policies takes them
            policies = policies.get("policies")
        parameters["policies"] = json.dumps(policies)
    return parameters


def _nothing(arguments: Namespace) -> str:
    if arguments.query or arguments.since:
        return "no stored trace matches: ask about more of them, or make some (--load 2000)"
    return "nothing is stored yet. Make some traces first: ./workshop sampling --load 2000"
