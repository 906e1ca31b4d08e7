"""Opening a file with traces where no script runs; `static/js/open-file.js` does it piece by piece.

The collector stores what is in the file; the UI hands it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from flask import Blueprint, Response, abort, redirect, render_template, request

from ui.client import RefusedError
from ui.links import link
from ui.screen import Answer, collector

PIECE_BYTES = 4 * 1024 * 1024
"""How much is handed on at a time."""

blueprint = Blueprint("open_file", __name__)


@blueprint.post("/open")
def open_file() -> str | Response:
    """Store what is in the file of the form, and lead to it; if some spans cannot be read, say
    which."""
    file = request.files.get("file")
    if file is None or not file.filename:
        abort(400, "No file was chosen.")
    try:
        report = _import(_pieces(file.stream))
    except RefusedError as refusal:
        abort(400, str(refusal))
    if report["rejected"]:
        return render_template("file-rejects.html", report=report, address=_address(report))
    return redirect(_address(report), 303)  # type: ignore[return-value]


def _import(pieces: Iterator[bytes]) -> Answer:
    """Hand the pieces on; return the collector's report about all of them."""
    number, piece = "", next(pieces, b"")
    while True:
        following = next(pieces, b"")
        more = "?more=1" if following else ""
        report: Answer = collector().post(f"/api/import{number}{more}", piece)
        if not following:
            return report
        number, piece = f"/{report['import']}", following


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(PIECE_BYTES), b"")


def _address(report: Answer) -> str:
    """Return where to look at what has been stored."""
    if report["trace_id"]:
        return link(f"/trace/{report['trace_id']}")
    return link("/", **(report["search"] or {}))
