"""errors: what goes wrong is answered in JSON with cause and cure, never with a stack trace."""

from __future__ import annotations

import difflib
import os
import sysconfig
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import Flask, Response, abort, jsonify, make_response, request
from werkzeug.exceptions import HTTPException, InternalServerError

MAX_BODY_BYTES = 1024 * 1024
"""A longer body is answered with 413."""

EXAMPLES = {"name": "ipa", "beer": "ipa", "donut": "glazed"}


def answer_in_json(app: Flask) -> None:
    """Give `app` an answer for what any service may get wrong."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _our_mistake)


def required(parameter: str) -> str:
    """The query parameter of that name, in small letters; answered with 400 if it is missing."""
    value = request.args.get(parameter, "").strip().lower()
    if not value:
        example = f"{request.path}?{parameter}={EXAMPLES.get(parameter, '…')}"
        refuse(400, f"say which {parameter!r}, as in {example}")
    return value


def sent_json() -> Any:
    """The JSON in the request's body; None if it is none, or nested too deep to be read."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def unknown(kind: str, name: str, known: Iterable[str]) -> NoReturn:
    """Answer that there is no `kind` (beer, donut) called `name`, and what it may have meant."""
    near = difflib.get_close_matches(name, list(known), n=3)
    cure = f"did you mean {' or '.join(near)}?" if near else f"see /{kind}s for what there is"
    refuse(404, f"there is no {kind} called {name!r}; {cure}", did_you_mean=near)


def refuse(status: int, error: str, **more: Any) -> NoReturn:
    """Answer with an HTTP status and `{"error": ...}`, and with `more` beside it."""
    abort(answer(status, error, **more))


def answer(status: int, error: str, **more: Any) -> Response:
    """An answer with an HTTP status and `{"error": ...}`, and with `more` beside it."""
    return make_response(jsonify(error=error, **more), status)


def _http(problem: HTTPException) -> Response:
    if problem.response is not None:
        return problem.response  # type: ignore[return-value]
    if problem.code == 404:
        return answer(404, f"there is no {request.path} here; / shows what there is")
    return answer(problem.code or 500, f"{request.method} {request.path}: {problem.description}")


def _our_mistake(problem: InternalServerError) -> Response:
    cause = problem.original_exception
    if cause is None:
        return answer(500, str(problem.description))
    return answer(500, f"{type(cause).__name__}: {cause}{_place(cause)}; the server's log has more")


def _place(problem: BaseException) -> str:
    """The innermost line of the project's own code that `problem` passed through."""
    libraries = sysconfig.get_path("purelib")
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if not frame.filename.startswith((libraries, "<")):
            return f" ({os.path.relpath(frame.filename)}, line {frame.lineno})"
    return ""
