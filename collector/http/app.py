"""The collector's HTTP API, put together from its parts. docs/api.md describes it."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from pathlib import Path

from flask import Flask, Response
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
        app.add_url_rule("/ping", "ping", lambda: Response("ok", mimetype="text/plain"))
        app.add_url_rule("/stats", "stats", lambda: json(self.report()))
        app.after_request(_harden)
        app.register_error_handler(Exception, _explain)

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
    traceback.print_exception(problem, file=sys.stderr)
    return error(500, "a bug in the collector; its log says more")
