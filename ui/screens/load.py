"""The screen "Load": the runs of the load test, laid over each other; and one run, with its traces.

All charts are drawn here, so that they can be read without a script and taken along as one file.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from ui.assets import STATIC
from ui.charts.load_charts import charts, over_time
from ui.client import Collector, RefusedError
from ui.links import link
from ui.words.load_words import deploy, load_in_words, turned

MOST = 6
"""Runs that can be told apart when they lie over each other."""
ROWS = 100
"""Runs in the list."""
LATE = 30
"""Seconds after which a run that should have ended, and did not say so, counts as lost."""
REPORT_STYLES = ("tokens", "base", "parts", "load")
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"

Run = dict[str, Any]

blueprint = Blueprint("runs", __name__)


@blueprint.get("/load")
def page() -> str:
    """All runs, and the chosen ones (`?run=7&run=9`; else the newest) over each other."""
    collector: Collector = current_app.extensions["collector"]
    known = [_looked_at(run) for run in collector.get("/api/runs")["runs"]]
    numbers = {run["number"] for run in known}
    asked = list(dict.fromkeys(request.args.getlist("run", type=int)))
    chosen = [number for number in asked if number in numbers][:MOST]
    if not asked:
        chosen = [run["number"] for run in known if run["total"]["requests"]][:1]
    runs = [_run(number) for number in chosen]
    routes = _routes(runs)
    route = request.args.get("route", "")
    route = route if route in routes else ""
    return render_template(
        "load.html",
        known=known[:ROWS],
        more=max(len(known) - ROWS, 0),
        runs=runs,
        missing=[number for number in asked if number not in numbers],
        routes=routes,
        route=route,
        charts=charts(runs, route),
        rows=_rows(runs, route),
        most=MOST,
        **_words(runs),
    )


@blueprint.get("/load/<int:number>")
def one(number: int) -> str:
    """One run: its figures, charts, routes, and the requests worth looking at."""
    return render_template("load-run.html", **_about(number, ""))


@blueprint.get("/load/<int:number>/report")
def report(number: int) -> Response:
    """The same as a file that needs nothing else, and whose traces are links to here."""
    style = "\n".join((STATIC / "css" / f"{name}.css").read_text() for name in REPORT_STYLES)
    root = request.url_root.rstrip("/")
    response = make_response(
        render_template("load-report.html", style=style, **_about(number, root))
    )
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    response.headers["Content-Disposition"] = f'inline; filename="load-run-{number}.html"'
    return response


def _about(number: int, root: str) -> dict[str, object]:
    """What a page about one run is made of; `root` stands before addresses of this UI."""
    run = _run(number)
    return {
        "run": run,
        "root": root,
        "trace_link": lambda trace_id: (root or "") + link(f"/trace/{trace_id}"),
        "traces_link": root + link("/", q=f"load.run:{number}"),
        "charts": [*charts([run], ""), *over_time(run)],
        **_words([run]),
    }


def _words(runs: list[Run]) -> dict[str, object]:
    """What templates say about runs with. The numbers of all runs are made in one way."""
    how = runs[0]["how"] if runs else {}
    return {"how": how, "deploy": deploy, "turned": turned, "in_words": load_in_words}


def _run(number: int) -> Run:
    collector: Collector = current_app.extensions["collector"]
    try:
        return _looked_at(collector.get(f"/api/runs/{number}"))
    except RefusedError as refusal:
        abort(404 if refusal.status == 404 else 400, str(refusal))


def _looked_at(run: Run) -> Run:
    """The run; one that was never ended, because its Locust was killed, is lost."""
    ends = int(run["began"]) / 1e9 + run["load"]["run_time"] + LATE
    if run["state"] == "running" and time.time() > ends:
        return {**run, "state": "lost"}
    return run


def _routes(runs: list[Run]) -> list[str]:
    """All routes of some runs, those with the most time first."""
    return list(dict.fromkeys(route["name"] for run in runs for route in run["routes"]))


def _rows(runs: list[Run], route: str) -> list[dict[str, Any]]:
    """For each run what it measured of a route (or of all): a row of the table."""
    found = []
    for run in runs:
        named = [each for each in run["routes"] if each["name"] == route]
        found.append(
            {"run": run, "measured": run["total"] if not route else next(iter(named), None)}
        )
    return found
