"""The options of the collector, and the variables of the environment that set them, too."""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path

from collector.audit.rules import RulesError, read_rules
from collector.forward.target import Target, TargetError, targets
from collector.listeners.ports import ANY_FREE, USUAL
from collector.sampling.policy import MAX_WAIT_S
from collector.store.clickhouse.address import Address, AddressError, read_addresses

MAX_SPANS = 2_000_000
"""Spans that a store of our own keeps where `--max-spans` says nothing."""
_DAY_S = 86_400
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


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options in the arguments, or in those of this process for None.

    Ends the process, saying why, if one of them is wrong; with the help, if that is asked for.
    """
    return _parser().parse_args(arguments)


def contradiction(options: argparse.Namespace) -> str:
    """Return why the options don't go together, in a sentence; "" if they do."""
    if options.store and options.max_spans is not None:
        return "--max-spans is for a store of our own; with --store, say --max-age"
    if options.store and options.receivers > 1:
        return "--receivers is for a store of our own; with --store, start more collectors"
    return ""


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
        help=f"number of spans to keep; the oldest are dropped first (default: {MAX_SPANS})",
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
