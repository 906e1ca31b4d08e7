"""What takes long to find out about one trace: about a large one, in a process of its own.

All threads of a process share one lock in Python. What there is to say of 100,000 spans takes
seconds to compute, in which every other answer would take twice as long. The other process is
started when it is first needed, and ends once it has had nothing to do for a minute. It reads the
trace itself, so that this one is not held up by that either.
"""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from collector.aggregates.trace_set import Member
from collector.analysis.trace import read_trace
from collector.log import Trouble
from collector.process_messages import messages_through
from collector.store.large_reads import BusyReadingError, LargeReads
from collector.store.trace_store import SpanReading

LARGE_SPANS = 10_000
"""Spans from which a trace is analysed in the other process. That takes a third of a second or more
here, and half of one to start the process."""
MAX_ANALYSIS_S = 120.0
"""An analysis that takes longer is stuck."""
MAX_START_S = 60.0
"""A start that takes longer fails."""
STALL_S = 10.0
"""A message of which no byte passes for so long is stuck, in either direction."""
MODULE = "collector.aggregates.analysis_process"

T = TypeVar("T")


class Request(NamedTuple):
    """What the other process is asked for. It answers with the result, None if no span of the trace
    is there, or with the exception that it met; all of it pickled, between the two of them."""

    version: tuple[int, int, int]
    """Number of the trace's part of the store, the trace's own there, and how many spans it had."""
    trace_id: str
    read: SpanReading
    analyse: Callable[..., Any]
    arguments: tuple[Any, ...]


def is_large(member: Member) -> bool:
    """Return whether a trace is analysed in the other process."""
    return member.spans >= LARGE_SPANS


class TraceAnalyses:
    """Analyses single traces. May be used from any thread; of large traces it does one at a
    time."""

    def __init__(self) -> None:
        self._turns = LargeReads(LARGE_SPANS)
        self._process: _Process | None = None
        self._is_closed = False
        self._trouble = Trouble()

    def of(self, member: Member, analyse: Callable[..., T], *arguments: object) -> T | None:
        """Return `analyse(trace, *arguments)` for a trace with all of its tags; None if it was
        dropped meanwhile.

        Function, arguments and result of a large trace have to be such as can be pickled. Raises
        `sqlite3.Error` or `ClickHouseError` if the trace cannot be read, and `BusyReadingError` if
        it is large and others are being analysed, or if the other process is ended at it.
        """
        if not is_large(member):
            return self._here(member, analyse, *arguments)
        with self._turns.turn(member.spans):
            version = member.partition.number, member.row, member.spans
            read = member.partition.reading(member.row)
            request = Request(version, member.trace_id, read, analyse, arguments)
            try:
                answer = self._ask(request)
            except OSError as problem:
                self._trouble.report(f"the process for large traces cannot be started: {problem}")
                return self._here(member, analyse, *arguments)
            if isinstance(answer, sqlite3.Error):
                # Dropped, damaged or closed: whoever owns the file finds out, and says so.
                return self._here(member, analyse, *arguments)
            if isinstance(answer, Exception):
                raise answer
            self._trouble.over("the process for large traces works again")
            result: T | None = answer
            return result

    def end(self) -> None:
        """End the other process, if it runs. It is started again when it is needed."""
        if process := self._process:
            process.end()

    def close(self) -> None:
        """End the other process, if it runs; no other one is started."""
        self._is_closed = True
        self.end()

    def _here(self, member: Member, analyse: Callable[..., T], *arguments: object) -> T | None:
        spans = member.partition.spans_of(member.row)
        return analyse(read_trace(member.trace_id, spans), *arguments) if spans else None

    def _ask(self, request: Request) -> Any:
        """Return what the other process answers. Raises `OSError` if it cannot be started,
        `BusyReadingError` if it ends or hangs."""
        for is_new in (False, True):
            if self._is_closed:
                raise BusyReadingError("the collector is being stopped; ask again in a moment")
            if is_new or self._process is None:
                self._process = _Process()
            try:
                return self._process.ask(request)
            except (EOFError, ConnectionError):
                self._process = None  # it may have ended because it had nothing to do
            except TimeoutError:
                self._process = None
                break
        problem = (
            f"trace {request.trace_id} could not be analysed: the process for large traces was"
            " ended at it; see how much memory there is"
        )
        self._trouble.report(problem)
        raise BusyReadingError(problem)


class _Process:
    """The other process, from its start to its end."""

    def __init__(self) -> None:
        """Start it. Raises `OSError` if that is not possible."""
        ours, its = socket.socketpair()
        with ours, its:
            command = [sys.executable, "-m", MODULE, str(its.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[its.fileno()])
            self._connection = messages_through(ours, STALL_S)
        # Somebody has to take note of its end, or it stays in the system's list.
        threading.Thread(target=self._process.wait, daemon=True).start()
        try:
            self._answer(MAX_START_S)  # it says that it is ready
        except (EOFError, OSError) as problem:
            self._give_up()
            raise OSError("it has ended, or does not answer") from problem

    def ask(self, request: Request) -> Any:
        """Return the answer to a request. Raises `EOFError` or `ConnectionError` if it has ended,
        `TimeoutError` if it does not answer in time; it is ended then."""
        try:
            self._connection.send(request)
            return self._answer(MAX_ANALYSIS_S)
        except (EOFError, OSError) as problem:
            self._give_up()
            if isinstance(problem, BlockingIOError):
                raise TimeoutError from None
            raise

    def end(self) -> None:
        """Kill it: nothing of what it does is kept by itself."""
        self._process.kill()

    def _answer(self, timeout_s: float) -> Any:
        if not self._connection.poll(timeout_s):
            raise TimeoutError
        return self._connection.recv()

    def _give_up(self) -> None:
        self.end()
        self._connection.close()


analyses = TraceAnalyses()
"""The analyses of this process."""
