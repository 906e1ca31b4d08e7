"""Find out what is wrong with sealed builds, from traces alone.

Five builds of the app, each slow or wrong for a reason that no lesson has shown in that form, and
no code to look at. `start` runs one, with guests, and sends its traces to your collector. You say
which operation it is, what the cause is, and which span of which trace proves it. `causes` lists
what it may be. The stack must be running (./workshop up).

examples:
  ./workshop challenge                 which ones there are, and how far you are
  ./workshop challenge start 1
  ./workshop challenge causes
  ./workshop challenge answer 1 --operation sqlalchemy.query --cause stampede \\
      --trace 'http://localhost:8080/trace/5ee1…?span=77c0…'
  ./workshop challenge hint 1
  ./workshop challenge stop
"""

from __future__ import annotations

import textwrap
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable

from tutor.challenge import evidence, running
from tutor.challenge.causes import CAUSES
from tutor.challenge.challenges import CHALLENGES, NUMBERS, Challenge
from tutor.challenge.marking import mark
from tutor.challenge.record import POINTS, Record
from tutor.challenge.visitors import SETTLE_S, visit, wait_for_traces
from tutor.collector import Collector
from tutor.errors import Exit, NotReadyError
from tutor.supervisor.own_stack import address, own_address
from tutor.terminal import StatusLine, count, paint

WIDTH = 88
"""Columns that a paragraph is wrapped to."""

ANSWER_HELP = """Answer, and see what it is worth: a point each for operation, cause and evidence.

In the UI, open a trace and select a span: the address of the page names both.

example:
  ./workshop challenge answer 1 --operation sqlalchemy.query --cause stampede \\
      --trace 'http://localhost:8080/trace/5ee1…?span=77c0…'

exit codes: 0 all three are right, 1 they are not
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.set_defaults(action=status)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    _add(actions, "start", start, "Run a build, and send guests to it.", takes_number=True)
    answer_parser = _add(actions, "answer", answer, ANSWER_HELP, takes_number=True)
    answer_parser.add_argument(
        "--operation", required=True, metavar="NAME", help="the name of a span, as the UI shows it"
    )
    answer_parser.add_argument(
        "--cause",
        required=True,
        choices=CAUSES,
        metavar="CAUSE",
        help="one of ./workshop challenge causes",
    )
    answer_parser.add_argument(
        "--trace", required=True, metavar="ID", help="a trace: its id, or the address of its page"
    )
    answer_parser.add_argument(
        "--span", default="", metavar="ID", help="a span of it, unless the address names one"
    )
    _add(actions, "hint", hint, "Get help, a little more each time.", takes_number=True)
    _add(actions, "causes", causes, "List what it may be: the same twelve for every build.")
    _add(actions, "stop", stop, "Stop the build that is running. Its traces stay.")


def run(arguments: Namespace) -> int:
    return int(arguments.action(arguments))


def status(arguments: Namespace) -> int:
    """List the builds, and how far the learner has got with each."""
    record, now = Record(), running.current()
    for challenge in CHALLENGES:
        entry = record[challenge.number]
        mark_ = paint("✓", "green") if entry.is_solved else " "
        so_far = [
            f"{entry.points} of {count(POINTS, 'point')}, {count(entry.answers, 'answer')}"
            if entry.answers
            else "",
            count(entry.hints, "hint") if entry.hints else "",
            f"running at {now.web}" if now and now.number == challenge.number else "",
        ]
        print(f"{mark_} {challenge.number}  {challenge.key.title:<34} {_listed(so_far)}".rstrip())
    begin = next((one for one in CHALLENGES if not record[one.number].is_solved), None)
    if begin is None:
        print("\nAll of them. Now look at an app of your own.")
    else:
        print(f"\nNext: {paint(f'./workshop challenge start {begin.number}', 'cyan')}")
    return Exit.GOOD


def start(arguments: Namespace) -> int:
    """Run a build in the background, send guests to it, and say where its traces are."""
    challenge: Challenge = arguments.challenge
    collector = _collector()
    urls = {"collector": collector.url, "ui": address("ui")}
    line = StatusLine()
    try:
        if before := running.current():
            line.show("Stopping the build that is running …")
            running.stop(before)
        began = time.time_ns()
        with running.start(challenge.number, urls, line.show) as failing:
            build = running.current()
            if build is None:
                raise NotReadyError(f"build {challenge.number} has ended: try again")
            asked = visit(build.web, challenge.key.visits, line.show)
            line.show("The traces arrive …")
            wait_for_traces(challenge, collector, began, asked)
            time.sleep(SETTLE_S)
            failing.pop_all()
    finally:
        line.end()
    print(paint(str(challenge), "bold"))
    _say(challenge.key.complaint)
    print(f"\n{count(asked, 'trace')}: {paint(_search(urls['ui'], challenge), 'cyan')}")
    print(f"It keeps running, for requests of your own: {paint(build.web, 'cyan')}")
    print("What is it? Name the operation and the cause, and show it in a span:")
    print(
        f"  ./workshop challenge answer {challenge.number} --operation NAME --cause CAUSE"
        " --trace ADDRESS"
    )
    print("  ./workshop challenge causes")
    return Exit.GOOD


def answer(arguments: Namespace) -> int:
    """Mark an answer."""
    challenge: Challenge = arguments.challenge
    trace_id, span_id = evidence.ids(arguments.trace, arguments.span)
    span = evidence.find(challenge, _collector(), trace_id, span_id)
    marks = mark(challenge.key, arguments.operation, arguments.cause, span)
    points = sum(mark.good for mark in marks)
    record = Record()
    record.add_answer(challenge.number, points)
    for each in marks:
        sign = paint("✓", "green") if each.good else paint("✗", "red")
        _say(f"{each.part}: {each.comment}", f"{sign} ", indent=2)
    print(f"\n{points} of {count(POINTS, 'point')}.")
    if points < POINTS:
        print(f"Stuck? {paint(f'./workshop challenge hint {challenge.number}', 'cyan')}")
        return Exit.CHECK_FAILED
    print()
    _say(challenge.key.learned)
    return Exit.GOOD


def hint(arguments: Namespace) -> int:
    """Give one more hint; after the last one, that again."""
    challenge: Challenge = arguments.challenge
    record, hints = Record(), challenge.key.hints
    number = min(record[challenge.number].hints, len(hints) - 1)
    record.add_hint(challenge.number)
    print(paint(f"{challenge}: hint {number + 1} of {len(hints)}", "bold"))
    _say(hints[number])
    return Exit.GOOD


def causes(arguments: Namespace) -> int:
    """List the causes."""
    for word, cause in CAUSES.items():
        _say(cause.what, f"{word:<18} ", indent=19)
    return Exit.GOOD


def stop(arguments: Namespace) -> int:
    """Stop the build that is running."""
    build = running.current()
    if build is None:
        print("No build is running.")
        return Exit.GOOD
    running.stop(build)
    print(f"Build {build.number} has stopped. Its traces stay.")
    return Exit.GOOD


def _add(
    actions: object,
    name: str,
    action: Callable[[Namespace], int],
    description: str,
    takes_number: bool = False,
) -> ArgumentParser:
    parser: ArgumentParser = actions.add_parser(  # type: ignore[attr-defined]
        name,
        help=description.partition("\n")[0],
        description=description,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(action=action)
    if takes_number:
        numbers = f"the build, {NUMBERS[0]} to {NUMBERS[-1]}"
        parser.add_argument("challenge", type=_challenge, metavar="N", help=numbers)
    return parser


def _challenge(text: str) -> Challenge:
    """Return the challenge with that number.

    Raises `ArgumentTypeError` (for argparse) if there is none.
    """
    found = next((one for one in CHALLENGES if text == str(one.number)), None)
    if found is None:
        raise ArgumentTypeError(f"there is no build {text!r}, only {NUMBERS[0]} to {NUMBERS[-1]}")
    return found


def _collector() -> Collector:
    """Return the collector of the learner's stack. Raises `NotReadyError` if it is not running."""
    return Collector(own_address("collector"))


def _search(ui: str, challenge: Challenge) -> str:
    return f"{ui}/?q=version:{challenge.version}"


def _listed(texts: list[str]) -> str:
    return ", ".join(filter(None, texts))


def _say(text: str, first: str = "", indent: int = 0) -> None:
    """Print a paragraph, with `first` before it, and its other lines indented."""
    lines = textwrap.wrap(text, WIDTH - indent)
    print(first + ("\n" + " " * indent).join(lines))
