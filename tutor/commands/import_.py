"""Open a file with traces.

Stores what is in it, and says where to look at it. The format is found out: OpenTelemetry's JSON
(whole or by lines) or protobuf, Zipkin's JSON, what Jaeger's UI downloads, Chrome's trace events,
or our own JSON; any of them may be compressed with gzip. `-` reads standard input.

examples:
  ./workshop import FILE
  curl -s http://zipkin.example/api/v2/traces | ./workshop import -
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from tutor import http
from tutor.errors import Exit, NotReadyError, UsageError
from tutor.supervisor.client import tell_if_abandoned
from tutor.supervisor.own_stack import address, own_address
from tutor.terminal import StatusLine, complain, count, paint

PIECE_BYTES = 4 * 1024 * 1024
"""How much is sent at a time. Small pieces cost time: the collector does other things between."""
COMPRESSED_PIECE_BYTES = 256 * 1024
"""The same for a compressed file, which has ten to forty times as much in it."""
GZIP = b"\x1f\x8b"
TIMEOUT_S = 120
"""How long the collector may take for one piece."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to open, - for standard input")


def run(arguments: Namespace) -> int:
    tell_if_abandoned()
    collector = own_address("collector")
    with _opened(arguments.file) as file:
        report = _send(collector, file, _size(arguments.file))
    _tell(report)
    return Exit.CHECK_FAILED if report["rejected"] else Exit.GOOD


@contextmanager
def _opened(name: str) -> Iterator[BufferedReader]:
    """Open the file. Raises `UsageError` if there is none."""
    try:
        if name == "-":
            yield cast("BufferedReader", sys.stdin.buffer)
            return
        with Path(name).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise UsageError(f"there is no file {name!r}") from None
    except IsADirectoryError:
        raise UsageError(f"{name!r} is a folder: name a file in it") from None


def _size(name: str) -> int:
    """Return the size of a file in bytes; 0 if it is not known in advance."""
    path = Path(name)
    return path.stat().st_size if name != "-" and path.is_file() else 0


def _send(collector: str, file: BufferedReader, size: int) -> dict[str, Any]:
    """Send the file piece by piece; return the collector's report about all of it."""
    progress = StatusLine(stream=sys.stderr) if sys.stderr.isatty() else None
    is_compressed = file.peek(len(GZIP)).startswith(GZIP)
    piece_bytes = COMPRESSED_PIECE_BYTES if is_compressed else PIECE_BYTES
    number, piece = "", file.read(piece_bytes)
    while True:
        following = file.read(piece_bytes)
        report = _send_piece(f"{collector}/api/import{number}", piece, bool(following))
        if progress:
            share = f" of {size / 1e6:.1f}" if size else ""
            read = count(report["spans"], "span")
            progress.show(f"{report['bytes'] / 1e6:.1f}{share} MB, {read} …")
        if not following:
            break
        number, piece = f"/{report['import']}", following
    if progress:
        progress.end()
    return report


def _send_piece(url: str, piece: bytes, more: bool) -> dict[str, Any]:
    """Send a piece. Raises `UsageError` if the file is refused, `NotReadyError` if it can't be
    stored at present."""
    answer = http.post(f"{url}?more=1" if more else url, piece, TIMEOUT_S)
    try:
        report: dict[str, Any] = answer.json()
        if answer.status == 200:
            return report
        reason = str(report["error"])
    except (ValueError, TypeError, KeyError):
        raise NotReadyError(f"the collector answered {answer.status} at {url}") from None
    if answer.status in (429, 503):
        raise NotReadyError(reason)
    raise UsageError(reason)


def _tell(report: dict[str, Any]) -> None:
    """Say what has been imported, where to look at it, and what is wrong with the rest."""
    if report["spans"]:
        what = f"{count(report['spans'], 'span')} of {count(report['traces'], 'trace')}"
        again = report["already_stored"]
        known = f" ({again:,} of them were stored before)" if again else ""
        print(f"Imported {what}{known}: {paint(_link(report), 'cyan')}")
    if report["rejected"]:
        named = "".join(f"\n  {reason}" for reason in report["reasons"])
        left = report["rejected"] - len(report["reasons"])
        more = f"\n  … and {left:,} more" if left else ""
        complain(f"{count(report['rejected'], 'span')} could not be read:{named}{more}")


def _link(report: dict[str, Any]) -> str:
    if report["trace_id"]:
        return f"{address('ui')}/trace/{report['trace_id']}"
    return f"{address('ui')}/?{urlencode(report['search'])}"
