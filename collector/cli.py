"""The command line of the collector."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from collector.http.app import Collector
from collector.http.server import PortTakenError, serve
from collector.memory import collect_calmly, stay_small
from collector.store.lock import StoreInUseError
from collector.store.sqlite import Store

_DAY = 86_400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": _DAY}
_EXAMPLES = """
examples:
  python -m collector                          listens on http://127.0.0.1:8126, stores in data/
  python -m collector --port 0                 any free port; the line it prints names it
  python -m collector --max-spans 200000 --max-age 6h
  curl localhost:8126/stats                    what came in and what is stored

Clients send to it as to a Datadog agent: DD_TRACE_AGENT_URL=http://127.0.0.1:8126 ddtrace-run …
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the collector until it is told to stop; returns its exit code."""
    options = _parser().parse_args(arguments)
    stay_small()
    collect_calmly()
    folder = options.data / "traces"
    try:
        store = Store(folder, options.max_spans, options.max_age)
    except StoreInUseError as problem:
        return _fail(4, str(problem))
    except OSError as problem:
        return _fail(4, f"cannot store in {folder}: {problem.strerror}; choose another with --data")
    try:
        collector = Collector(store, options.host, options.data / "runs")
        serve(collector, options.host, options.port)
    except PortTakenError as problem:
        return _fail(3, str(problem))
    finally:
        store.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m collector",
        description="Receives spans, stores them, and answers questions about them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    env = os.environ
    add = parser.add_argument
    add("--host", default=env.get("HOST", "127.0.0.1"), help="address to listen on (%(default)s)")
    add(
        "--port",
        type=_port,
        default=env.get("PORT", "8126"),
        help="port to listen on, 0 for any (%(default)s)",
    )
    add(
        "--data",
        type=Path,
        default=Path(env.get("DATA_DIR", "data")),
        metavar="FOLDER",
        help="where to store (%(default)s); also DATA_DIR",
    )
    add(
        "--max-spans",
        type=_count,
        default=2_000_000,
        metavar="N",
        help="spans to keep; the oldest are dropped (%(default)s)",
    )
    add(
        "--max-age",
        type=_age,
        default=7 * _DAY,
        metavar="AGE",
        help="how long to keep spans: 90m, 12h, 7d (7d)",
    )
    return parser


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _count(text: str) -> int:
    return _whole(text, 1, 10**12)


def _whole(text: str, least: int, most: int) -> int:
    digits = text.replace("_", "")
    if not (digits.isascii() and digits.isdigit() and least <= int(digits) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(digits)


def _age(text: str) -> float:
    unit = _UNITS.get(text[-1:])
    try:
        seconds = float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no age; write 90m, 12h or 7d") from None
    if not seconds > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


def _fail(code: int, message: str) -> int:
    print(f"collector: {message}", file=sys.stderr)
    return code
