"""The command line of the collector."""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from collector import private_files
from collector.forward.loops import LoopError
from collector.http.app import Collector
from collector.http.processes.connections import CAN_PASS
from collector.http.server import PortTakenError, serve
from collector.log import Trouble, say
from collector.options import MAX_SPANS, contradiction, read_options
from collector.printable import make_logs_printable
from collector.process_memory import collect_garbage_rarely, return_freed_memory
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.file_errors import CannotOpenError
from collector.store.folder_lock import StoreInUseError
from collector.store.sqlite import Store
from collector.store.trace_store import TraceStore

if TYPE_CHECKING:
    from collector.http.processes.receivers import Receivers

START_S = 60.0
"""How long a ClickHouse may take to answer: it may have been started together with the
collector."""


def main(arguments: list[str] | None = None) -> int:
    """Run the collector until it is told to stop; return its exit code."""
    options = read_options(arguments)
    make_logs_printable()
    return_freed_memory()
    collect_garbage_rarely()
    folder, runs = options.data / ("own" if options.store else "traces"), options.data / "runs"
    os.umask(private_files.UMASK)
    private_files.tighten(folder)
    private_files.tighten(runs)
    if reason := contradiction(options):
        return _fail(2, reason)
    try:
        store = _open_store(options, folder)
    except (StoreInUseError, CannotOpenError, ClickHouseError) as problem:
        return _fail(4, str(problem))
    except OSError as problem:
        return _fail(4, str(CannotOpenError(folder, problem)))
    with contextlib.ExitStack() as end:
        end.callback(store.close)
        try:
            collector = Collector(
                *(store, options.host, runs, options.data, options.forward, options.tail_wait),
                audit_rules=options.audit,
            )
        except CannotOpenError as problem:
            return _fail(4, str(problem))
        end.callback(collector.forwarding.close)
        end.callback(collector.tail.close)
        try:
            serve(collector, options.host, options.port, options.open, _receivers(options, store))
        except PortTakenError as problem:
            return _fail(3, str(problem))
        except LoopError as problem:
            return _fail(2, str(problem))
    return 0


def _open_store(options: argparse.Namespace, folder: Path) -> TraceStore:
    """Return the store that was asked for; a ClickHouse that does not answer yet is waited for.

    Raises `ClickHouseError` if a ClickHouse cannot be used, else what `Store` raises.
    """
    if not options.store:
        return Store(folder, options.max_spans or MAX_SPANS, options.max_age)
    until, trouble = time.monotonic() + START_S, Trouble()
    while True:
        try:
            return ClickHouseShards(options.store, folder, options.max_age)
        except ClickHouseError as problem:
            if problem.code or time.monotonic() > until:
                raise
            trouble.report(f"{problem}; waiting up to {START_S:.0f} s for it")
        time.sleep(0.5)


def _receivers(options: argparse.Namespace, store: TraceStore) -> Receivers | None:
    """Return the receiver processes that were asked for, not started; None for none."""
    if options.receivers == 1 or not isinstance(store, Store):
        return None
    if not CAN_PASS:
        say("this system cannot pass connections to other processes: --receivers is left out")
        return None
    # Not at the top: whoever starts none does not wait for it.
    from collector.http.processes.receivers import Receivers

    return Receivers(options.receivers, store)


def _fail(code: int, message: str) -> int:
    say(message)
    return code
