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
from contextlib import suppress
from pathlib import Path

from tutor.collector import Collector
from tutor.course.session import Session
from tutor.errors import Exit, NotReadyError
from tutor.forwarding import forwarding
from tutor.open_ports import open_ports
from tutor.sandbox.error_server import BROKEN_HEADER
from tutor.sandbox.target import wait_for_restart
from tutor.supervisor import client, log_files
from tutor.supervisor.own_stack import address, own_address, ping
from tutor.supervisor.state import ProcessState, StackState
from tutor.terminal import count, paint

SERVERS = ("collector", "ui", "taster", "web")
"""The processes that answer `/ping` with the identity of their stack."""
ANSWER_TIMEOUT_S = 2.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    running = client.current()
    if running is None and os.environ.get("WEB_URL"):
        return elsewhere()
    if running is None and (left := client.abandoned()):
        print(client.in_words(left))
        for member in left.survivors():
            print(line(member, resident_mb(member), trouble(member, left)))
        print_stored()
        print_lesson()
        return Exit.NOT_READY
    if running is None:
        failed = client.failure()
        if failed:
            print(f"The stack stopped by itself: {failed.problem}")
        print("The stack is not running. Start it: ./workshop up")
        print_lesson()
        return Exit.NOT_READY
    with suppress(NotReadyError):  # else what has just been saved would look broken
        wait_for_restart()
    age = ago(time.time() - running.since)
    print(f"The stack is {running.phase}, with the code in {running.code}, started {age} ago.")
    print(paint(f"  {'process':<10} {'state':<9} {'pid':>7} {'memory':>8}  address", "dim"))
    total = 0.0
    for member in (*running.processes, supervisor(running)):
        memory = resident_mb(member)
        total += memory
        print(line(member, memory, trouble(member, running)))
    print(f"  {'':<28} {total:>5.0f} MB in total")
    if running.problem:
        print(f"Last restart: {running.problem}")
    print_stored()
    print_lesson()
    return Exit.GOOD


def line(member: ProcessState, memory_mb: float, trouble: str = "") -> str:
    """Return one process of the stack as a line, with its `trouble` on a second one."""
    pid = member.process.pid if member.process else "-"
    restarts = paint(f"  restarted {member.crashes}×", "yellow") if member.crashes else ""
    memory = f"{memory_mb:>5.0f} MB"
    state = "not well" if trouble else member.state
    text = f"  {member.name:<10} {state:<9} {pid:>7} {memory}  {member.url}{restarts}"
    return f"{text}\n{'':<13}{paint(f'not answering: {trouble}', 'red')}" if trouble else text


def trouble(member: ProcessState, stack: StackState) -> str:
    """Return why a running server of `stack` does not do its work, in words; "" if it does."""
    if member.name not in SERVERS or member.state != "running":
        return ""
    try:
        answer = ping(member.url, stack, ANSWER_TIMEOUT_S)
    except NotReadyError as problem:
        said = log_files.last_lines(Path(member.log), 1)
        return f"{problem}" + (f"; its log ends: {said[0]}" if said else "")
    if BROKEN_HEADER in answer.headers:
        reason = answer.text.partition("\n")[0]
        return f"{reason} ({answer.headers[BROKEN_HEADER]})"
    return "" if answer.status == 200 else answer.text.strip()


def elsewhere() -> int:
    """Print which processes answer of a stack that something else runs, such as Docker."""
    urls = {name: address(name) for name in ("web", "taster", "collector")}
    answering = [name for name, url in urls.items() if answers(url)]
    for name, url in urls.items():
        print(f"  {name:<10} {'answers' if name in answering else 'does not answer':<15} {url}")
    if "collector" in answering:
        print_stored()
    print_lesson()
    if len(answering) == len(urls):
        return Exit.GOOD
    print("Start what is missing: docker compose up -d")
    return Exit.NOT_READY


def answers(url: str) -> bool:
    """Return whether one of the workshop's servers is there."""
    try:
        return ping(url, None, ANSWER_TIMEOUT_S).status == 200
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


def print_stored() -> None:
    """Print how much the stack's collector has stored and sent on, and where other clients can send
    to."""
    try:
        collector = Collector(own_address("collector"))
        stored = collector.stats()["stored"]
        sentences = forwarding(collector) + open_ports(collector)
    except NotReadyError as problem:
        print(f"Traces: {problem}")
        return
    if stored:
        print(f"Stored: {count(stored['traces'], 'trace')}, {count(stored['spans'], 'span')}.")
    for sentence in sentences:
        print(sentence)


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
