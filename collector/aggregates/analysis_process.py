"""The process that analyses large traces: `python -m collector.aggregates.analysis_process`, which
only the collector runs (`collector.aggregates.trace_analyses`)."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from collector.aggregates.trace_analyses import Request
from collector.analysis.trace import Trace, read_trace
from collector.log import say_bug
from collector.process_memory import collect_garbage_rarely, return_freed_memory
from collector.store.clickhouse.connection import ClickHouseError

IDLE_S = 60.0
"""It ends when it has had nothing to do for so long: the trace it read last may take 300 MB."""
NICENESS = 10
"""How far it stands back when others want a processor: people wait for those."""


class TraceReader:
    """Reads traces, and keeps the last one: there is often more to find out about it."""

    def __init__(self) -> None:
        self._version = (0, 0, 0)
        self._trace: Trace | None = None

    def trace(self, request: Request) -> Trace | None:
        """Return the trace of a request; None if no span of it is there."""
        if request.version != self._version:
            self._trace = None  # two at a time would be too many
            spans = request.read()
            self._trace = read_trace(request.trace_id, spans) if spans else None
            self._version = request.version
        return self._trace


def main(file: int) -> None:
    """Answer requests that come by an open file with this number, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the collector
    with suppress(OSError):
        os.nice(NICENESS)
    return_freed_memory()
    collect_garbage_rarely()
    connection = Connection(file)
    reader = TraceReader()
    with suppress(EOFError, ConnectionError):  # the collector has ended
        connection.send("ready")
        while connection.poll(IDLE_S):
            connection.send(_answer(connection.recv(), reader))


def _answer(request: Request, reader: TraceReader) -> Any:
    try:
        trace = reader.trace(request)
        return request.analyse(trace, *request.arguments) if trace else None
    except (sqlite3.Error, ClickHouseError, MemoryError) as error:
        return error
    except Exception as bug:
        say_bug(f"trace {request.trace_id} cannot be analysed", bug)
        return RuntimeError(str(bug))


if __name__ == "__main__":
    main(int(sys.argv[1]))
