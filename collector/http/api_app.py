"""What all of the collector's Flask applications have: whom they answer, and what they say of
errors."""

from __future__ import annotations

import sqlite3

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from collector.http.allowed_hosts import AllowedHosts
from collector.http.answers import RefusedError, error, json
from collector.log import say_bug
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.large_reads import BusyReadingError


def api_app(name: str, host: str) -> Flask:
    """Return an application without routes; `host` is the address that it will listen on."""
    app = Flask(name, static_folder=None)
    app.after_request(_harden)
    app.register_error_handler(Exception, explain)
    app.wsgi_app = AllowedHosts(app.wsgi_app, host)  # type: ignore[method-assign]
    return app


def _harden(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def explain(problem: Exception) -> Response:
    """Return the answer to a request that failed."""
    if isinstance(problem, RefusedError):
        return json({"error": str(problem)} | problem.details, problem.status)
    if isinstance(problem, HTTPException):
        return error(problem.code or 400, problem.description or problem.name)
    if isinstance(problem, BusyReadingError):
        return error(503, str(problem), retry_after=5)
    if isinstance(problem, ClickHouseError):
        return error(503, f"the store could not be read: {problem}", retry_after=5)
    if isinstance(problem, sqlite3.Error):
        return error(503, f"the store could not be read: {problem}; try again", retry_after=5)
    if isinstance(problem, OSError):
        reason = problem.strerror or problem
        return error(503, f"the collector cannot use its disk: {reason}", retry_after=5)
    say_bug(f"{request.method} {request.path[:100]!r} failed", problem)
    return error(500, "a bug in the collector; see its log for details")
