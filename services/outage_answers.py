"""What web answers while something it needs is down: Redis, the taster, the database."""

from __future__ import annotations

import os

import redis
import requests
import sqlalchemy.exc
from flask import Flask, Response

from services.current_trace import set_error
from services.errors import answer


def answer_in_json(app: Flask) -> None:
    """Make `app` answer each of these outages in JSON with 503."""
    app.register_error_handler(redis.RedisError, _redis_down)
    app.register_error_handler(requests.RequestException, _taster_down)
    app.register_error_handler(sqlalchemy.exc.OperationalError, _database_down)
    app.register_error_handler(sqlalchemy.exc.InterfaceError, _database_down)
    app.register_error_handler(sqlalchemy.exc.TimeoutError, _no_connection_left)


def _redis_down(problem: redis.RedisError) -> Response:
    return _unavailable(
        problem,
        f"Redis does not answer ({problem}). Start it, or say where it is in REDIS_URL;"
        " pairings work again as soon as it is back",
    )


def _taster_down(problem: requests.RequestException) -> Response:
    set_error(problem)
    url = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"
    silent = isinstance(problem, requests.ConnectionError | requests.Timeout)
    cause = "does not answer" if silent else f"gives an answer that is of no use ({problem})"
    return answer(
        503,
        f"the taster at {url} {cause}. Start it (python services/taster.py), or say where it is in"
        " TASTER_URL",
    )


def _database_down(problem: sqlalchemy.exc.DBAPIError) -> Response:
    return _unavailable(
        problem,
        f"the database does not answer ({problem.orig}). Start it, or name another one in"
        " DATABASE_URL",
    )


def _no_connection_left(problem: sqlalchemy.exc.TimeoutError) -> Response:
    return _unavailable(
        problem,
        "all database connections are in use, and none became free in time. This is planted"
        " (bottleneck 9): turn the dial DB_POOL_SIZE up, or RELEASE_CONNECTION on",
        planted="bottleneck 9",
    )


def _unavailable(problem: Exception, error: str, **more: str) -> Response:
    set_error(problem)
    return answer(503, error, **more)
