"""The command line of the collector."""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from collector import private_files
from collector.audit.rules import RulesError, read_rules
from collector.forward.loops import LoopError
from collector.forward.target import Target, TargetError, targets
from collector.http.app import Collector
from collector.http.processes.connections import CAN_PASS
from collector.http.server import PortTakenError, serve
from collector.listeners.ports import ANY_FREE, USUAL
from collector.log import Trouble, say
from collector.printable import make_logs_printable
from collector.process_memory import collect_garbage_rarely, return_freed_memory
from collector.sampling.policy import MAX_WAIT_S
from collector.store.clickhouse.address import Address, AddressError, read_addresses
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

_DAY_S = 86_400
_MAX_SPANS = 2_000_000
_MAX_RECEIVERS = 64
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": _DAY_S}
_EXAMPLES = """
examples:
  python -m collector                          listen on http://127.0.0.1:8126, store in data/
  python -m collector --port 0                 use any free port and print it
  python -m collector --open                   listen on 4318, 9411, 14268, 6831/udp, …, too
  python -m collector --port 0 --open any      use any free ports; /api/receivers lists them
  python -m collector --receivers 4            read what clients send in four processes
  python -m collector --max-spans 200000 --max-age 6h
  python -m collector --forward otlp=http://127.0.0.1:4318
                                               send on whatever is stored
  python -m collector --audit services/audit.rules
                                               check who calls whom
  python -m collector --tail-wait 5s           keep what the sampling policies say, drop the rest
  COLLECTOR_STORE=clickhouse://tracer:secret@db:8123/tracing python -m collector
                                               store in ClickHouse
  curl localhost:8126/stats                    see what came in and what is stored

Clients send to it as they would to a Datadog agent, to OpenTelemetry's collector, Zipkin or Jaeger:
  DD_TRACE_AGENT_URL=http://127.0.0.1:8126 ddtrace-run python app.py
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8126 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \\
    opentelemetry-instrument python app.py
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the collector until it is told to stop; return its exit code."""
    options = _parser().parse_args(arguments)
    make_logs_printable()
    return_freed_memory()
    collect_garbage_rarely()
    folder, runs = options.data / ("own" if options.store else "traces"), options.data / "runs"
    os.umask(private_files.UMASK)
    private_files.tighten(folder)
    private_files.tighten(runs)
    if options.store and options.max_spans is not None:
        return _fail(2, "--max-spans is for a store of our own; with --store, say --max-age")
    if options.store and options.receivers > 1:
        return _fail(
            2, "--receivers is for a store of our own; with --store, start more collectors"
        )
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
        return Store(folder, options.max_spans or _MAX_SPANS, options.max_age)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m collector",
        description="Receive spans, store them, and answer questions about them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    env = os.environ
    add = parser.add_argument
    add(
        "--host",
        default=env.get("HOST", "127.0.0.1"),
        help="address to listen on (default: %(default)s)",
    )
    add(
        "--port",
        type=_port,
        default=env.get("PORT", "8126"),
        help="port to listen on, 0 for any free one (default: %(default)s)",
    )
    add(
        "--open",
        nargs="?",
        type=_ports_to_open,
        const=USUAL,
        default=env.get("COLLECTOR_OPEN", ""),
        metavar="any",
        help="listen on the usual ports of OpenTelemetry's, Zipkin's, Jaeger's and X-Ray's clients,"
        " too, or on any that are free; also set by COLLECTOR_OPEN=true (default: no)",
    )
    add(
        "--receivers",
        type=partial(_whole_number, minimum=1, maximum=_MAX_RECEIVERS),
        default=env.get("COLLECTOR_RECEIVERS", "1"),
        metavar="N",
        help="processes that read what clients send, one for each core, for the one that stores;"
        " also set by COLLECTOR_RECEIVERS (default: 1, which does both)",
    )
    add(
        "--data",
        type=Path,
        default=Path(env.get("DATA_DIR", "data")),
        metavar="FOLDER",
        help="folder to store in, also set by DATA_DIR (default: %(default)s)",
    )
    add(
        "--store",
        type=_store,
        default=env.get("COLLECTOR_STORE", ""),
        metavar="ADDRESS",
        help="ClickHouse to store in, for any number of collectors, as"
        " clickhouse://user:password@host:8123/database (clickhouses:// in TLS), or with several"
        " hosts, as one,two,three;"
        " also set by COLLECTOR_STORE, which other users of the machine do not see (default: none,"
        " files in the folder of --data)",
    )
    add(
        "--max-spans",
        type=_count,
        metavar="N",
        help=f"number of spans to keep; the oldest are dropped first (default: {_MAX_SPANS})",
    )
    add(
        "--max-age",
        type=_age,
        default=7 * _DAY_S,
        metavar="AGE",
        help="how long to keep spans, e.g. 90m, 12h or 7d (default: 7d)",
    )
    add(
        "--tail-wait",
        type=_wait,
        default=env.get("TAIL_WAIT") or None,
        metavar="TIME",
        help="hold each trace for so long, e.g. 5s, and let the sampling policies decide whether to"
        " keep it; 0 keeps everything; also set by TAIL_WAIT (default: as it was set last, on the"
        " page Sampling; at first 0)",
    )
    add(
        "--forward",
        type=_targets,
        default=env.get("COLLECTOR_FORWARD", ""),
        metavar="TARGETS",
        help="where to send on what is stored: otlp=URL,zipkin=URL,datadog=URL,"
        "xray=udp://HOST:PORT, also set by COLLECTOR_FORWARD; a backend's key goes into"
        " COLLECTOR_FORWARD_OTLP_HEADERS=api-key=… or its like for zipkin, datadog"
        " (default: nowhere)",
    )
    add(
        "--audit",
        type=_audit_rules,
        default=env.get("COLLECTOR_AUDIT", ""),
        metavar="FILE",
        help="rules of who may call whom, to check every trace by until others are put with"
        " PUT /api/audit/rules; also set by COLLECTOR_AUDIT (default: none)",
    )
    return parser


def _store(text: str) -> list[Address]:
    try:
        return read_addresses(text) if text else []
    except AddressError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _audit_rules(file: str) -> str:
    """Return the text of the rules; "" for no file."""
    if not file:
        return ""
    try:
        text = Path(file).read_text(encoding="utf-8")
        read_rules(text)
    except (OSError, UnicodeDecodeError, RulesError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise argparse.ArgumentTypeError(f"{file}: {reason}") from None
    return text


def _port(text: str) -> int:
    return _whole_number(text, 0, 65_535)


def _ports_to_open(text: str) -> str:
    choices = {"": "", "false": "", "0": "", "true": USUAL, "1": USUAL, USUAL: USUAL}
    choice = (choices | {ANY_FREE: ANY_FREE}).get(text.lower())
    if choice is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of true, false, any")
    return choice


def _targets(text: str) -> list[Target]:
    try:
        return targets(text)
    except TargetError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _count(text: str) -> int:
    return _whole_number(text, 1, 10**12)


def _whole_number(text: str, minimum: int, maximum: int) -> int:
    digits = text.replace("_", "")
    if not (digits.isascii() and digits.isdigit() and minimum <= int(digits) <= maximum):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from {minimum} to {maximum}"
        )
    return int(digits)


def _wait(text: str) -> float:
    """Return the time in seconds; 0 is none."""
    seconds = 0.0 if text in ("0", "0s") else _time(text, "time", "5s, 0.5s or 1m")
    if seconds > MAX_WAIT_S:
        raise argparse.ArgumentTypeError(f"the time must not be more than {MAX_WAIT_S:.0f}s")
    return seconds


def _age(text: str) -> float:
    """Return the age in seconds."""
    return _time(text, "age", "90m, 12h or 7d")


def _time(text: str, what: str, examples: str) -> float:
    unit = _UNITS_S.get(text[-1:])
    try:
        seconds = float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        message = f"{text!r} is not {'an' if what == 'age' else 'a'} {what}; write {examples}"
        raise argparse.ArgumentTypeError(message) from None
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"the {what} must be more than 0")
    return seconds


def _fail(code: int, message: str) -> int:
    say(message)
    return code
