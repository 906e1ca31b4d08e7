"""Make one request and print its answer and its trace.

Also prints how long it took, and what it wrote to mine/timing.log.

examples:
  ./workshop get '/pair/beer?name=ipa'
  ./workshop get /donuts --all         every span on its own line
  ./workshop get --in-band /beers      the trace from the answer itself: no collector is needed
"""

from __future__ import annotations

import json
import re
import shutil
from argparse import ArgumentParser, Namespace
from contextlib import suppress

from tutor import http
from tutor.checks.timing_log import TimingLog
from tutor.collector import Collector
from tutor.durations import readable
from tutor.errors import Exit, NotReadyError
from tutor.paths import mine_dir
from tutor.sandbox.hanging import told_if_it_hangs
from tutor.sandbox.target import wait_for_restart
from tutor.supervisor.client import tell_if_abandoned
from tutor.supervisor.own_stack import address, own_address
from tutor.terminal import note, paint, printable

TIMEOUT_S = 60.0
"""The time to wait for an answer: dials may make the app slow, but it is not slower than this."""
MAX_CHARACTERS = 1200
"""How much of an answer is printed."""

TRACERESPONSE = r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="the path to request, such as /beers")
    parser.add_argument("--all", action="store_true", help="show similar spans one by one")
    parser.add_argument(
        "--in-band",
        action="store_true",
        help="show the trace that the answer itself carries, and whether the collector agrees",
    )


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    url = arguments.path
    if not url.startswith("http://"):
        wait_for_restart()
        url = f"{own_address('web')}/{url.removeprefix('/')}"
    log = TimingLog(mine_dir())
    mark = log.mark()
    with told_if_it_hangs(note):
        answer = http.get(url, timeout=TIMEOUT_S, headers=asking(arguments.in_band))
    colour = "green" if answer.status < 400 else "red"
    took = readable(answer.seconds * 1e9)
    print(f"{paint(str(answer.status), colour)} in {paint(took, 'bold')}  GET {url}")
    print(excerpt(answer))
    lines, trace_id = log.settled_lines(mark), trace_of(answer)
    if lines:
        print("\nIn mine/timing.log:")
        print("\n".join(f"  {line}" for line in lines))
    if arguments.in_band:
        print_in_band(answer, trace_id, fold=not arguments.all)
    elif trace_id:
        print_trace(trace_id, fold=not arguments.all)
    elif not lines:
        print("The answer has no `traceresponse` header, so its trace is not known.")
    return Exit.GOOD


def asking(in_band: bool) -> dict[str, str]:
    """Return the headers of the request."""
    if not in_band:
        return {}
    from tutor.in_band import ASKING  # it takes a while, and few commands need it

    return ASKING


def excerpt(answer: http.Answer) -> str:
    """Return the body for a person to read: JSON indented, and no more than a screenful."""
    text = answer.text.strip()
    if answer.headers.get("content-type", "").startswith("application/json"):
        with suppress(ValueError):  # it claims to be JSON, and is not
            text = json.dumps(answer.json(), indent=2, ensure_ascii=False)
    if len(text) <= MAX_CHARACTERS:
        return text
    return f"{text[:MAX_CHARACTERS]}\n… ({len(answer.body):,} bytes in all)"


def trace_of(answer: http.Answer) -> str | None:
    """Return the trace id in the W3C `traceresponse` header, or None if there is none."""
    header = re.fullmatch(TRACERESPONSE, answer.headers.get("traceresponse", ""))
    return header[1] if header else None


def print_trace(trace_id: str, fold: bool) -> None:
    """Print the trace as text once it has arrived at the collector."""
    collector = Collector(own_address("collector"))
    link = f"{address('ui')}/trace/{trace_id}"
    print(f"\nTrace: {paint(link, 'cyan')}")
    trace = collector.whole_trace(trace_id)
    if trace is None:
        print("The collector does not have it. Is the service traced? Was the trace sampled away?")
        return
    print_waterfall(collector.trace_as_text(trace_id, fold))


def print_waterfall(text: str) -> None:
    """Print the lines of a trace, as much of them as the window has room for."""
    width = max(shutil.get_terminal_size((110, 24)).columns, 80)
    for line in text.splitlines():
        print(printable(line)[:width])


def print_in_band(answer: http.Answer, trace_id: str | None, fold: bool) -> None:
    """Print the trace that the answer carries, and after that whether the collector agrees."""
    from tutor import in_band

    history = in_band.history_in(answer)
    if history is None:
        print(f"\n{in_band.NO_HEADER}")
        return
    print("\nIn the answer itself:")
    print_waterfall(in_band.waterfall(history, fold))
    for remark in in_band.remarks(history, len(answer.headers[in_band.HEADER])):
        print(remark)
    if trace_id is None:
        return
    try:
        collector = Collector(own_address("collector"))
        trace = collector.whole_trace(trace_id)
    except NotReadyError as problem:
        print(f"No collector was asked whether it agrees: {problem}")
        return
    link = f"{address('ui')}/trace/{trace_id}"
    print(f"\nTrace: {paint(link, 'cyan')}")
    for sentence in in_band.verdict(history, trace) if trace else ["The collector has no trace."]:
        print(sentence)
