"""Load test runs, kept beside the traces that they made: one JSON file each, `runs/7.json`.

Whoever made the load sends the record of a run; here it is only checked and kept, so that the pages
can show it wherever the load came from.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec
from flask import Blueprint, Response, request

from collector import limits
from collector.http.answers import RefusedError, json
from collector.load_runs.record import Run
from collector.receivers.body import BodyError, decompress

MOST = 500
"""Runs that are kept; the oldest make room."""
LARGEST = 1024 * 1024
"""Bytes of one record."""


class Runs:
    """The runs in a folder, numbered from 1. Any thread may ask."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = threading.Lock()

    def add(self, run: Run) -> int:
        """Keep a new run; its number. Raises `OSError`."""
        with self._writing:
            run.number = max(self.numbers(), default=0) + 1
            self._write(run)
            for old in self.numbers()[:-MOST]:
                self._file(old).unlink(missing_ok=True)
            return run.number

    def replace(self, run: Run) -> bool:
        """Keep a run as it is now; whether there is one of that number. Raises `OSError`."""
        with self._writing:
            known = self._file(run.number).exists()
            if known:
                self._write(run)
            return known

    def get(self, number: int) -> Run | None:
        """The run with that number; None where there is none, or its file was tampered with."""
        try:
            return msgspec.json.decode(self._file(number).read_bytes(), type=Run)
        except (OSError, msgspec.MsgspecError):
            return None

    def numbers(self) -> list[int]:
        """The numbers of all runs, the oldest first."""
        names = [path.stem for path in self._folder.glob("*.json")]
        return sorted(int(name) for name in names if name.isascii() and name.isdigit())

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.json"

    def _write(self, run: Run) -> None:
        """Write the whole record or nothing, so that it survives a crash."""
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f"{run.number}.new"
        with fresh.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(run), indent=1))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file(run.number))


def blueprint(folder: Path) -> Blueprint:
    """The routes, for runs that are kept in `folder`."""
    runs = Runs(folder)
    routes = Blueprint("runs", __name__)

    @routes.post("/api/runs")
    def add() -> Response:
        try:
            return json({"number": runs.add(_sent())}, 201)
        except OSError as problem:
            raise _not_kept(problem) from None

    @routes.put("/api/runs/<int:number>")
    def replace(number: int) -> Response:
        run = _sent()
        run.number = number
        try:
            if not runs.replace(run):
                raise _unknown(number)
        except OSError as problem:
            raise _not_kept(problem) from None
        return json({"number": number})

    @routes.get("/api/runs")
    def every() -> Response:
        found = [run for number in reversed(runs.numbers()) if (run := runs.get(number))]
        return json({"runs": [run.brief() for run in found]})

    @routes.get("/api/runs/<int:number>")
    def one(number: int) -> Response:
        run = runs.get(number)
        if run is None:
            raise _unknown(number)
        return json(msgspec.to_builtins(run) | {"turned": run.turned})

    return routes


def _sent() -> Run:
    """The run in the request. Raises `RefusedError`."""
    if (request.content_length or 0) > LARGEST:
        raise RefusedError(413, f"the record of a run is larger than {LARGEST:,} bytes")
    try:
        encoding = request.headers.get("Content-Encoding", "")
        body = decompress(request.get_data(cache=False), encoding, LARGEST)
        return msgspec.json.decode(body, type=Run)
    except BodyError as problem:
        raise RefusedError(problem.status, str(problem)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        said = limits.cut(str(problem), limits.NAME)
        raise RefusedError(400, f"this is no record of a run: {said}") from None


def _unknown(number: int) -> RefusedError:
    return RefusedError(404, f"there is no run {number}: never stored, or too old")


def _not_kept(problem: OSError) -> RefusedError:
    return RefusedError(503, f"the run could not be kept: {problem.strerror or problem}")
