"""Make one request to the app and print its answer, its time, and the trace or log that it made.

examples:
  ./workshop get '/pair/beer?name=ipa'
  ./workshop get /donuts --all         every span on a line of its own
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
from tutor.course.workspace import mine_dir
from tutor.durations import readable
from tutor.errors import Exit, NotReadyError
from tutor.stack import address, not_running
from tutor.terminal import count, paint
from tutor.waterfall import render

LONGEST = 1200
"""Characters of an answer that are printed."""

TRACERESPONSE = r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", help="what to ask for, such as /beers")
    parser.add_argument("--all", action="store_true", help="show like spans one by one")


def run(arguments: Namespace) -> int:
    url = arguments.path
    if not url.startswith("http://"):
        url = f"{address('web')}/{url.removeprefix('/')}"
    log = TimingLog(mine_dir())
    mark = log.mark()
    try:
        answer = http.get(url, timeout=60)
    except NotReadyError as problem:
        raise not_running(problem) from None
    colour = "green" if answer.status < 400 else "red"
    took = readable(answer.seconds * 1e9)
    print(f"{paint(str(answer.status), colour)} in {paint(took, 'bold')}  GET {url}")
    print(excerpt(answer))
    lines, trace_id = log.settled_lines(mark), trace_of(answer)
    if lines:
        print("\nIn mine/timing.log:")
        print("\n".join(f"  {line}" for line in lines))
    if trace_id:
        print_trace(trace_id, fold=not arguments.all)
    elif not lines:
        print("The answer has no `traceresponse` header, so no trace is known for it.")
    return Exit.GOOD


def excerpt(answer: http.Answer) -> str:
    """The body for people: JSON laid out, and not more than a screenful."""
    text = answer.text.strip()
    if answer.headers.get("content-type", "").startswith("application/json"):
        with suppress(ValueError):  # it only says that it is JSON
            text = json.dumps(answer.json(), indent=2, ensure_ascii=False)
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n… ({len(answer.body):,} bytes in all)"


def trace_of(answer: http.Answer) -> str | None:
    """The trace id in the W3C `traceresponse` header, if there is one."""
    header = re.fullmatch(TRACERESPONSE, answer.headers.get("traceresponse", ""))
    return header[1] if header else None


def print_trace(trace_id: str, fold: bool) -> None:
    """Print the trace as text, once it has arrived at the collector."""
    link = f"{address('ui')}/trace/{trace_id}"
    print(f"\nTrace: {paint(link, 'cyan')}")
    trace = Collector(address("collector")).whole_trace(trace_id)
    if trace is None:
        print("It has not arrived at the collector: is the request's service traced and sampled?")
        return
    for line in render(trace, fold, max(shutil.get_terminal_size((110, 24)).columns, 80)):
        print(line)
    print(f"{count(trace['spans'], 'span')} in {readable(trace['duration'])}.")
