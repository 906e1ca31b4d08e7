"""errors: what goes wrong is answered in JSON with cause and cure, never with a stack trace."""

from __future__ import annotations

import difflib
import os
import sysconfig
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

import redis
import requests
import sqlalchemy.exc
from flask import Flask, Response, abort, jsonify, make_response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from services.watching import failed

EXAMPLES = {"name": "ipa", "beer": "ipa", "donut": "glazed"}


def answer_in_json(app: Flask) -> None:
    """Give `app` an answer for everything that can go wrong."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _our_mistake)
    app.register_error_handler(redis.RedisError, _redis_away)
    app.register_error_handler(requests.RequestException, _taster_away)
    app.register_error_handler(sqlalchemy.exc.OperationalError, _database_away)
    app.register_error_handler(sqlalchemy.exc.InterfaceError, _database_away)
    app.register_error_handler(sqlalchemy.exc.TimeoutError, _no_connection_left)


def required(parameter: str) -> str:
    """The query parameter of that name, in small letters; answered with 400 if it is missing."""
    value = request.args.get(parameter, "").strip().lower()
    if not value:
        example = f"{request.path}?{parameter}={EXAMPLES.get(parameter, '…')}"
        refuse(400, f"say which {parameter!r}, as in {example}")
    return value


def unknown(kind: str, name: str, known: Iterable[str]) -> NoReturn:
    """Answer that there is no `kind` (beer, donut) called `name`, and what it may have meant."""
    near = difflib.get_close_matches(name, list(known), n=3)
    cure = f"did you mean {' or '.join(near)}?" if near else f"see /{kind}s for what there is"
    refuse(404, f"there is no {kind} called {name!r}; {cure}", did_you_mean=near)


def refuse(status: int, error: str, **more: Any) -> NoReturn:
    """Answer with an HTTP status and `{"error": ...}`, and with `more` beside it."""
    abort(make_response(jsonify(error=error, **more), status))


def _http(problem: HTTPException) -> Response:
    if problem.response is not None:
        return problem.response  # type: ignore[return-value]
    if problem.code == 404:
        return _answer(404, f"there is no {request.path} here; / shows what there is")
    return _answer(problem.code or 500, f"{request.method} {request.path}: {problem.description}")


def _our_mistake(problem: InternalServerError) -> Response:
    cause = problem.original_exception
    if cause is None:
        return _answer(500, str(problem.description))
    return _answer(
        500, f"{type(cause).__name__}: {cause}{_place(cause)}; the server's log has more"
    )


def _redis_away(problem: redis.RedisError) -> Response:
    failed(problem)
    return _answer(
        503,
        f"Redis does not answer ({problem}). Start it, or say where it is in REDIS_URL;"
        " the pairing works again as soon as it is back",
    )


def _taster_away(problem: requests.RequestException) -> Response:
    failed(problem)
    url = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"
    silent = isinstance(problem, requests.ConnectionError | requests.Timeout)
    cause = "does not answer" if silent else f"gives no answer to work with ({problem})"
    return _answer(
        503,
        f"the taster at {url} {cause}. Start it (python services/taster.py), or say where it is in"
        " TASTER_URL",
    )


def _database_away(problem: sqlalchemy.exc.DBAPIError) -> Response:
    failed(problem)
    return _answer(
        503,
        f"the database does not answer ({problem.orig}). Start it, or name another one in"
        " DATABASE_URL",
    )


def _no_connection_left(problem: sqlalchemy.exc.TimeoutError) -> Response:
    failed(problem)
    return _answer(
        503,
        "all database connections are in use, and none came free in time. This is planted"
        " (bottleneck 9): turn the dial DB_POOL_SIZE up, or RELEASE_CONNECTION on",
        planted="bottleneck 9",
    )


def _answer(status: int, error: str, **more: Any) -> Response:
    return make_response(jsonify(error=error, **more), status)


def _place(problem: BaseException) -> str:
    """The innermost line of the project's own code that `problem` passed through."""
    libraries = sysconfig.get_path("purelib")
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if not frame.filename.startswith((libraries, "<")):
            return f" ({os.path.relpath(frame.filename)}, line {frame.lineno})"
    return ""
