"""The routes under which load tests store the records of their runs, and pages read them."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, request

from collector import limits
from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.http.answers import RefusedError, json
from collector.load_runs.record import Run
from collector.load_runs.run_files import RunError, Runs
from collector.receivers.body import BodyError, decompress

MAX_RECORD_BYTES = 1024 * 1024


def load_runs(runs: Runs) -> Blueprint:
    """Return the routes for these runs."""
    routes = Blueprint("runs", __name__)

    @routes.post("/api/runs")
    def add() -> Response:
        try:
            return json({"number": runs.add(_sent_run())}, 201)
        except RunError as problem:
            raise _not_stored(problem) from None

    @routes.put("/api/runs/<int:number>")
    def replace(number: int) -> Response:
        run = _sent_run()
        run.number = number
        try:
            if not runs.replace(run):
                raise _unknown(number)
        except RunError as problem:
            raise _not_stored(problem) from None
        return json({"number": number})

    @routes.get("/api/runs")
    def all_runs() -> Response:
        try:
            return json({"runs": [run.brief() for run in runs.newest()]})
        except RunError as problem:
            raise _not_read(problem) from None

    @routes.get("/api/runs/<int:number>")
    def one_run(number: int) -> Response:
        try:
            run = runs.get(number)
        except RunError as problem:
            raise _not_read(problem) from None
        if run is None:
            raise _unknown(number)
        return json(msgspec.to_builtins(run) | {"turned": run.turned})

    return routes


def _sent_run() -> Run:
    """Return the run in the request's body. Raises `RefusedError` if it is not one."""
    if (request.content_length or 0) > MAX_RECORD_BYTES:
        raise RefusedError(
            413, f"the record of a run must not be larger than {MAX_RECORD_BYTES:,} bytes"
        )
    try:
        encoding = request.headers.get("Content-Encoding", "")
        body = decompress(request.get_data(cache=False), encoding, MAX_RECORD_BYTES)
        return msgspec.json.decode(body, type=Run)
    except BodyError as problem:
        raise RefusedError(problem.status, str(problem)) from None
    except DECODE_ERRORS as problem:
        reason = limits.cut(reason_of(problem), limits.NAME_CHARS)
        raise RefusedError(400, f"this is not the record of a run: {reason}") from None


def _unknown(number: int) -> RefusedError:
    return RefusedError(404, f"there is no run {number}: it was never stored, or is too old")


def _not_stored(problem: RunError) -> RefusedError:
    return RefusedError(503, f"the run could not be stored: {problem}")


def _not_read(problem: RunError) -> RefusedError:
    return RefusedError(503, f"the run could not be read: {problem}")
