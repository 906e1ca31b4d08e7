"""Show what is running, and where.

Also for how long, how much memory it takes, how many traces are stored, and how far you are in the
course.

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
from tutor.supervisor import client
from tutor.supervisor.client import address
from tutor.supervisor.state import ProcessState, StackState
from tutor.terminal import count, paint


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    running = client.current()
    if running is None and os.environ.get("WEB_URL"):
        return elsewhere()
    if running is None and (left := client.abandoned()):
        print(client.in_words(left))
        for member in left.survivors():
            print(line(member, resident_mb(member)))
        print_stored(left.url("collector"))
        print_lesson()
        return Exit.NOT_READY
    if running is None:
        failed = client.failure()
        if failed:
            print(f"The stack stopped by itself: {failed.problem}")
        print("The stack is not running. Start it: ./workshop up")
        print_lesson()
        return Exit.NOT_READY
    age = ago(time.time() - running.since)
    print(f"The stack is {running.phase}, with the code in {running.code}, started {age} ago.")
    print(paint(f"  {'process':<10} {'state':<9} {'pid':>7} {'memory':>8}  address", "dim"))
    total = 0.0
    for member in (*running.processes, supervisor(running)):
        memory = resident_mb(member)
        total += memory
        print(line(member, memory))
    print(f"  {'':<28} {total:>5.0f} MB in total")
    if running.problem:
        print(f"Last restart: {running.problem}")
    print_stored(running.url("collector"))
    print_lesson()
    return Exit.GOOD


def line(member: ProcessState, memory_mb: float) -> str:
    """Return one process of the stack as a line."""
    pid = member.process.pid if member.process else "-"
    restarts = paint(f"  restarted {member.crashes}×", "yellow") if member.crashes else ""
    memory = f"{memory_mb:>5.0f} MB"
    return f"  {member.name:<10} {member.state:<9} {pid:>7} {memory}  {member.url}{restarts}"


def elsewhere() -> int:
    """Print which processes answer of a stack that something else runs, such as Docker."""
    urls = {name: address(name) for name in ("web", "taster", "collector")}
    answering = [name for name, url in urls.items() if answers(url)]
    for name, url in urls.items():
        print(f"  {name:<10} {'answers' if name in answering else 'does not answer':<15} {url}")
    if "collector" in answering:
        print_stored(urls["collector"])
    print_lesson()
    if len(answering) == len(urls):
        return Exit.GOOD
    print("Start what is missing: docker compose up -d")
    return Exit.NOT_READY


def answers(url: str) -> bool:
    """Return whether one of the workshop's servers is there."""
    try:
        return http.get(f"{url}/ping", timeout=2).status == 200
    except NotReadyError:
        return False


def print_lesson() -> None:
    """Print how far the learner is, if the course was started."""
    session = Session()
    if session.workspace.files():
        step = session.progress.current
        state = "done" if session.progress.has_passed(step) else "not done yet"
        print(f"Course: {session.progress.bar()}, at lesson {step} ({state}).")


def supervisor(running: StackState) -> ProcessState:
    """Return the supervisor's own process, in the form of the others."""
    return ProcessState("supervisor", "running", "", "", running.supervisor)


def print_stored(url: str | None) -> None:
    """Print how much the collector at `url` has stored."""
    try:
        stored = Collector(url).stats()["stored"] if url else None
    except NotReadyError as problem:
        print(f"Traces: {problem}")
        return
    if stored:
        print(f"Stored: {count(stored['traces'], 'trace')}, {count(stored['spans'], 'span')}.")


def resident_mb(member: ProcessState) -> float:
    """Return the resident memory of a process, in MB.

    The processes that it started count as its own, except for the supervisor, whose processes are
    all listed.
    """
    import psutil

    if member.process is None:
        return 0.0
    try:
        process = psutil.Process(member.process.pid)
        children = [] if member.name == "supervisor" else process.children()
        return sum(part.memory_info().rss for part in (process, *children)) / 1e6
    except psutil.Error:
        return 0.0


def ago(seconds: float) -> str:
    """Return a length of time, roughly."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"
