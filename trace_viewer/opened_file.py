"""Handing a file with traces to the collector, which finds out what format it is in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

PIECE_BYTES = 4 * 1024 * 1024
"""How much is sent at a time."""
TIMEOUT_S = 120
"""How long the collector may take for one piece."""


class UnreadableError(Exception):
    """The file cannot be read, or what is in it are no traces; the message says why."""


def load(path: Path, host: str, port: int) -> tuple[str, list[str]]:
    """Have the collector store what is in the file; return the address of it below the page's, and
    what is wrong with it, span by span.

    Raises `UnreadableError` if nothing of it can be read.
    """
    try:
        report = _sent(path, host, port)
    except OSError as problem:
        raise UnreadableError(f"{path}: {problem.strerror or problem}") from None
    reasons = list(map(str, report["reasons"]))
    if report["trace_id"]:
        return f"/trace/{report['trace_id']}", reasons
    if report["search"]:
        return f"/?{urlencode(report['search'])}", reasons
    raise UnreadableError("; ".join([f"{path} has no traces that can be read", *reasons]))


def _sent(path: Path, host: str, port: int) -> dict[str, Any]:
    number = ""
    with path.open("rb") as file:
        for piece, is_last in _pieces(file):
            report = _post(host, port, f"/api/import{number}?more={int(not is_last)}", piece, path)
            number = f"/{report['import']}"
    return report


def _pieces(file: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield the file in pieces, each with whether it is the last one."""
    piece = file.read(PIECE_BYTES)
    while following := file.read(PIECE_BYTES):
        yield piece, False
        piece = following
    yield piece, True


def _post(host: str, port: int, target: str, body: bytes, path: Path) -> dict[str, Any]:
    """Return the collector's answer. Raises `UnreadableError` if it refuses."""
    from http.client import HTTPConnection, HTTPException  # large, and rarely needed

    connection = HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", target, body)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
    except (HTTPException, ValueError) as problem:
        raise UnreadableError(f"{path}: the collector gave no answer: {problem}") from None
    finally:
        connection.close()
    if response.status != 200:
        raise UnreadableError(f"{path}: {answer.get('error')}")
    return answer
