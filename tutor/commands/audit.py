"""Check who calls whom by rules, and print each call that is wrong.

The rules are lines such as “only web may call taster”: the collector's, which it checks every trace
by, or those of a file. The finished app's are in services/audit.rules. Exits with 1 if one is
broken, so that it can stand in a CI job after the tests. docs/audit.md explains all of it.

examples:
  ./workshop audit
  ./workshop audit --rules services/audit.rules
  ./workshop audit --watch                         print violations as they come, until Ctrl-C
  ./workshop audit --learn                         print the rules that hold today
  ./workshop audit --learn my.rules
  curl -T my.rules http://127.0.0.1:8126/api/audit/rules     let the collector check by them
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from tutor.audit.collector_audit import Audit
from tutor.audit.text_report import Json, report, violation
from tutor.errors import Exit, NotReadyError, UsageError
from tutor.file_errors import explain
from tutor.supervisor.client import tell_if_abandoned
from tutor.supervisor.own_stack import address, own_address
from tutor.terminal import paint, printable

PRINT = "-"
"""In place of a file: print it."""
WATCH_PAUSE_S = 0.5
SETTLE_S = 0.5
"""How long the last spans may take to arrive: twice what a tracer waits between two batches."""
NOTHING_TO_LEARN = (
    "no service has called another in what is stored, so there is nothing to learn from."
    " Make a request first: ./workshop get '/pair/beer?name=ipa'"
)


def add_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--rules",
        metavar="FILE",
        help="check what is stored by these rules (default: the collector's)",
    )
    what.add_argument(
        "--learn",
        nargs="?",
        const=PRINT,
        metavar="FILE",
        help="write the rules that hold today to a new file (without FILE: print them)",
    )
    what.add_argument("--watch", action="store_true", help="print violations as they come")


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    audit = Audit(own_address("collector"))
    if arguments.learn:
        return learn(audit, arguments.learn)
    if arguments.watch:
        return watch(audit)
    time.sleep(SETTLE_S)
    answer = by_rules_in(arguments.rules, audit) if arguments.rules else audit.finished()
    print("\n".join(report(answer, _pages())))
    return Exit.CHECK_FAILED if answer["violations"] else Exit.GOOD


def by_rules_in(file: str, audit: Audit) -> Json:
    """Return what the rules in a file find. Raises `UsageError` if they can't be read."""
    try:
        return audit.by_rules(Path(file).read_bytes())
    except OSError as problem:
        raise UsageError(explain(problem)) from None
    except UsageError as problem:
        raise UsageError(f"{file}: {problem}") from None


def learn(audit: Audit, place: str) -> int:
    """Write the rules that hold today. Raises `UsageError` if the file exists, `NotReadyError` if
    no call is stored."""
    text = audit.learned()
    if not any(line and not line.startswith("#") for line in text.splitlines()):
        raise NotReadyError(NOTHING_TO_LEARN)
    if place == PRINT:
        print(text, end="")
        return Exit.GOOD
    try:
        with Path(place).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{place} exists; give another name, or remove it first") from None
    print(f"Wrote {place}. Read it, then check by it: ./workshop audit --rules {place}")
    return Exit.GOOD


def watch(audit: Audit) -> int:
    """Print violations as they come, until Ctrl-C; return whether there was one."""
    before, pages = audit.now()["violations"], _pages()
    broken = False
    print(paint("Watching for calls that break a rule. Ctrl-C ends it.", "dim"), flush=True)
    try:
        while True:
            time.sleep(WATCH_PAUSE_S)
            answer = audit.now()
            if answer["violations"] < before:  # by other rules
                before = 0
            broken = broken or answer["violations"] > before
            evidence = [each for rule in answer["rules"] for each in rule["evidence"]]
            new = sorted((e for e in evidence if e["number"] > before), key=lambda e: e["number"])
            for found in new:
                print(f"{violation(found, pages)}  “{printable(found['rule'])}”", flush=True)
            if unseen := answer["violations"] - before - len(new):
                print(f"  and {unseen:,} more", flush=True)
            before = answer["violations"]
    except KeyboardInterrupt:
        print()
        return Exit.CHECK_FAILED if broken else Exit.GOOD


def _pages() -> str:
    """Return the address of the stack's pages; "" if it has none."""
    try:
        return address("ui")
    except NotReadyError:
        return ""
