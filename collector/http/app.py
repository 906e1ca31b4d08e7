"""The collector's HTTP API, put together from its parts. docs/api.md describes it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from collector.aggregates.background import Keeper
from collector.aggregates.sum_cache import Aggregates
from collector.http.aggregates import insights
from collector.http.answers import RefusedError, error, json
from collector.http.busy import Traffic
from collector.http.live import Hub
from collector.http.load_runs import load_runs
from collector.http.origin import check_origin
from collector.http.span_intake import span_intake
from collector.http.stats import Stats
from collector.http.traces import queries
from collector.log import say_bug
from collector.store.sqlite import Store


class Collector:
    """The WSGI application that serves a store, and what runs beside it."""

    def __init__(
        self, store: Store, host: str = "127.0.0.1", runs: Path = Path("data/runs")
    ) -> None:
        """`host` is where it will listen, `runs` the folder for the runs of the load test."""
        self._store = store
        self._stats = Stats()
        self.app = app = Flask("collector", static_folder=None)
        traffic = Traffic(app)
        aggregates = Aggregates(store, traffic.give_way)
        self.keeper = Keeper(store, aggregates.prepare, traffic.is_quiet)
        self.hub = Hub(store, self.report)
        app.before_request(lambda: check_origin(host))
        app.register_blueprint(span_intake(store, self._stats))
        app.register_blueprint(queries(store, self.hub))
        app.register_blueprint(insights(store, aggregates))
        app.register_blueprint(load_runs(runs))
        app.add_url_rule("/ping", "ping", self._ping)
        app.add_url_rule("/stats", "stats", lambda: json(self.report()))
        app.after_request(_harden)
        app.register_error_handler(Exception, _explain)

    def problems(self) -> list[str]:
        """What keeps the collector from its work and is over after a restart, in sentences."""
        parts = (self._store, self.hub, self.keeper)
        return [problem for part in parts if (problem := part.problem())]

    def _ping(self) -> Response:
        problems = self.problems()
        if problems:
            return error(503, "; ".join(problems), retry_after=5)
        return Response("ok", mimetype="text/plain")

    def report(self) -> dict[str, object]:
        """The body of `GET /stats`."""
        totals = self._store.totals()
        return self._stats.report() | {
            "stored": {
                "spans": totals.spans,
                "traces": totals.traces,
                "bytes": totals.bytes,
                "oldest": str(totals.oldest) if totals.traces else None,
                "newest": str(totals.newest) if totals.traces else None,
            },
            "dropped_by_retention": {"spans": totals.dropped_spans},
            "live": self.hub.state(),
            "digests": {"waiting": self.keeper.waiting},
            "problems": self.problems(),
        }


def _harden(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _explain(problem: Exception) -> Response:
    """The answer to a request that failed."""
    if isinstance(problem, RefusedError):
        return error(problem.status, str(problem))
    if isinstance(problem, HTTPException):
        return error(problem.code or 400, problem.description or problem.name)
    if isinstance(problem, sqlite3.Error):
        return error(503, f"the store could not be read: {problem}", retry_after=5)
    if isinstance(problem, OSError):
        reason = problem.strerror or problem
        return error(503, f"the collector cannot use its disk: {reason}", retry_after=5)
    say_bug(f"{request.method} {request.path[:100]!r} failed", problem)
    return error(500, "a bug in the collector; its log says more")
