"""What is running, where, for how long, and how many traces are stored.

examples:
  ./workshop status
"""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace

from tutor import http
from tutor.collector import Collector
from tutor.course.session import Session
from tutor.errors import Exit, NotReadyError
from tutor.stack import address
from tutor.supervisor import client
from tutor.supervisor.state import ProcessState, StackState
from tutor.terminal import count, paint


def add_arguments(parser: ArgumentParser) -> None:
    """It takes none."""


def run(arguments: Namespace) -> int:
    running = client.current()
    if running is None and os.environ.get("WEB_URL"):
        return elsewhere()
    if running is None:
        failed = client.failure()
        if failed:
            print(f"The stack stopped by itself: {failed.problem}")
        print("The stack is not running. Start it: ./workshop up")
        print_lesson()
        return Exit.NOT_READY
    age = ago(time.time() - running.since)
    print(f"The stack is {running.phase} with {running.code}, started {age} ago.")
    total = 0.0
    for each in (*running.processes, supervisor(running)):
        memory = resident(each)
        total += memory
        pid = each.process.pid if each.process else "-"
        crashes = paint(f"  crashed {each.crashes}×", "yellow") if each.crashes else ""
        print(f"  {each.name:<10} {each.state:<9} {pid:>7} {memory:>5.0f} MB  {each.url}{crashes}")
    print(f"  {'':<28} {total:>5.0f} MB in all")
    if running.problem:
        print(f"Last crash: {running.problem}")
    print_stored(running.url("collector"))
    print_lesson()
    return Exit.GOOD


def elsewhere() -> int:
    """Say what answers of a stack that somebody else looks after, such as Docker."""
    urls = {name: address(name) for name in ("web", "taster", "collector")}
    answering = [name for name, url in urls.items() if answers(url)]
    for name, url in urls.items():
        print(f"  {name:<10} {'answers' if name in answering else 'does not answer':<15} {url}")
    if "collector" in answering:
        print_stored(urls["collector"])
    print_lesson()
    return Exit.GOOD if len(answering) == len(urls) else Exit.NOT_READY


def answers(url: str) -> bool:
    """Whether a server of ours is there."""
    try:
        return http.get(f"{url}/ping", timeout=2).status == 200
    except NotReadyError:
        return False


def print_lesson() -> None:
    """Say how far the learner is, if the course was started."""
    session = Session()
    if session.workspace.files():
        step = session.progress.current
        state = "done" if session.progress.has_passed(step) else "not done yet"
        print(f"Course: {session.progress.bar()}, at lesson {step} ({state}).")


def supervisor(running: StackState) -> ProcessState:
    """The process that looks after the others, as one of them."""
    return ProcessState("supervisor", "running", "", "", running.supervisor)


def print_stored(url: str | None) -> None:
    """Say how much the collector at `url` has."""
    try:
        stored = Collector(url).stats()["stored"] if url else None
    except NotReadyError as problem:
        print(f"Traces: {problem}")
        return
    if stored:
        print(f"Stored: {count(stored['traces'], 'trace')}, {count(stored['spans'], 'span')}.")


def resident(each: ProcessState) -> float:
    """Memory that the process holds, in MB; that of what it started is its own, but for the
    supervisor, all of whose processes are listed."""
    import psutil

    if each.process is None:
        return 0.0
    try:
        process = psutil.Process(each.process.pid)
        others = [] if each.name == "supervisor" else process.children()
        return sum(part.memory_info().rss for part in (process, *others)) / 1e6
    except psutil.Error:
        return 0.0


def ago(seconds: float) -> str:
    """A length of time, roughly."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"
