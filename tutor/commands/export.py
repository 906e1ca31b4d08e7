"""Save traces as a file that other tools open.

FORMAT is one of: otlp (OpenTelemetry's JSON; otlp-lines has a document on each line), zipkin,
jaeger (for its UI), chrome (opens in Perfetto), json (our own, which keeps everything). A single
trace also as text or markdown.

examples:
  ./workshop export 4bf92f3577b34da6a3ce929d0e0e4736 -o FILE
  ./workshop export --search 'service:taster error:1' --format jaeger > FILE
  ./workshop export 4bf92f3577b34da6a3ce929d0e0e4736 --format text
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode

from tutor import http
from tutor.errors import Exit, UsageError
from tutor.supervisor.client import tell_if_abandoned
from tutor.supervisor.own_stack import own_address
from tutor.terminal import StatusLine, note

FORMATS = ("otlp", "otlp-lines", "zipkin", "jaeger", "chrome", "json", "text", "markdown")
TIMEOUT_S = 600
"""How long the collector may take for all of a file."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("trace", metavar="TRACE_ID", nargs="?", help="the trace to save")
    parser.add_argument("--search", metavar="Q", help="save the traces that match this search")
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="save at most N of the traces that match, the newest (default: 1000)",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="otlp",
        metavar="FORMAT",
        help="one of those above (default: otlp)",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="file to write (default: standard output)"
    )


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    url = f"{own_address('collector')}{_path(arguments)}"
    with http.stream(url, TIMEOUT_S) as (status, headers, pieces):
        if status != 200:
            raise UsageError(_reason(b"".join(pieces)))
        with _output(arguments.output) as output:
            _copy(pieces, output)
    _tell_what_is_left_out(headers)
    return Exit.GOOD


def _path(arguments: Namespace) -> str:
    """Return what to ask for. Raises `UsageError` if that is nothing, or two things."""
    parameters = {"format": arguments.format}
    if arguments.trace is not None and arguments.search is None and arguments.limit is None:
        return f"/api/trace/{arguments.trace}/export?{urlencode(parameters)}"
    if arguments.trace is not None or arguments.search is None:
        raise UsageError("say what to export: either a TRACE_ID or --search Q (all: --search '')")
    parameters["q"] = arguments.search
    if arguments.limit is not None:
        parameters["limit"] = str(arguments.limit)
    return f"/api/export?{urlencode(parameters)}"


@contextmanager
def _output(name: str | None) -> Iterator[BinaryIO]:
    """Open the file that is written, which appears once it is whole, or standard output.

    Raises `UsageError` if there can't be such a file.
    """
    if name is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"{name!r} is a folder: name a file in it")
    if not path.parent.exists():
        raise UsageError(f"there is no folder {str(path.parent)!r} to put the file into: make it")
    fresh = path.with_name(f"{path.name}.new")
    try:
        with fresh.open("wb") as file:
            yield file
        os.replace(fresh, path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def _copy(pieces: Iterator[bytes], output: BinaryIO) -> None:
    """Write the pieces, and show on a terminal how far that is."""
    progress = StatusLine(stream=sys.stderr) if sys.stderr.isatty() else None
    size = 0
    for piece in pieces:
        output.write(piece)
        size += len(piece)
        if progress:
            progress.show(f"{size / 1e6:.1f} MB …")
    if progress:
        progress.end()


def _reason(body: bytes) -> str:
    """Return why the collector refuses, in its own words."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, TypeError, KeyError):
        return body.decode("utf-8", "replace")[:200]


def _tell_what_is_left_out(headers: dict[str, str]) -> None:
    exported, matched = (headers.get(name) for name in ("exported-traces", "matched-traces"))
    if exported == "0":
        note("no stored trace matches; what is written has none in it.")
    if exported is not None and matched is not None and int(matched) > int(exported):
        note(f"{int(matched):,} traces match; the file has the newest {int(exported):,} (--limit).")
    if spans := headers.get("left-out-spans"):
        note(f"the trace has {int(spans):,} spans more: a file has the 200,000 that matter most.")
