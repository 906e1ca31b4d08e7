"""Error answers: JSON with the cause and the cure, never a stack trace."""

from __future__ import annotations

import difflib
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import Flask, Response, abort, jsonify, make_response, request
from werkzeug.exceptions import HTTPException, InternalServerError

MAX_BODY_BYTES = 1024 * 1024
"""A longer body is answered with 413."""

EXAMPLE_VALUES = {"name": "ipa", "beer": "ipa", "donut": "glazed"}


def answer_in_json(app: Flask) -> None:
    """Make `app` answer errors that any service may have in JSON."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _internal_error)


def required(parameter: str) -> str:
    """Return a query parameter in lower case; answer with 400 if it is missing."""
    value = request.args.get(parameter, "").strip().lower()
    if not value:
        example = f"{request.path}?{parameter}={EXAMPLE_VALUES.get(parameter, '…')}"
        refuse(400, f"say which {parameter!r}, as in {example}")
    return value


def sent_json() -> Any:
    """Return the JSON in the request's body; None if it cannot be read, or is nested too deep."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def unknown(kind: str, name: str, known: Iterable[str]) -> NoReturn:
    """Answer with 404 that there is no `kind` (beer, donut) called `name`, and suggest others."""
    near = difflib.get_close_matches(name, list(known), n=3)
    cure = f"did you mean {' or '.join(near)}?" if near else f"see /{kind}s for what there is"
    refuse(404, f"there is no {kind} called {name!r}; {cure}", did_you_mean=near)


def refuse(status: int, error: str, **more: Any) -> NoReturn:
    """Answer the request with an HTTP status and `{"error": ..., **more}`."""
    abort(answer(status, error, **more))


def answer(status: int, error: str, **more: Any) -> Response:
    """Return a response with an HTTP status and `{"error": ..., **more}`."""
    return make_response(jsonify(error=error, **more), status)


def _http(problem: HTTPException) -> Response:
    if problem.response is not None:
        return problem.response  # type: ignore[return-value]
    if problem.code == 404:
        return answer(404, f"there is no {request.path} here; / shows what there is")
    return answer(problem.code or 500, f"{request.method} {request.path}: {problem.description}")


def _internal_error(problem: InternalServerError) -> Response:
    cause = problem.original_exception
    if cause is None:
        return answer(500, str(problem.description))
    return answer(500, f"{type(cause).__name__}: {cause}{_place(cause)}; the server's log has more")


def _place(problem: BaseException) -> str:
    """Return the innermost line of the running app's own code that `problem` passed through; if
    there is none, of the project's."""
    libraries = sysconfig.get_path("purelib")
    app = os.path.dirname(os.path.abspath(sys.argv[0]))
    frames = traceback.extract_tb(problem.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((libraries, "<"))]
    of_the_app = [frame for frame in own if os.path.dirname(frame.filename) == app]
    for frame in reversed(of_the_app or own):
        return f" ({os.path.relpath(frame.filename)}, line {frame.lineno})"
    return ""
