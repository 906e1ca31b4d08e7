"""The Load screen: runs of the load test compared in the same charts; and one run, with its traces.

All charts are drawn here, so that they can be read without a script and exported as one file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from ui.assets import STATIC
from ui.charts.line_chart import Chart
from ui.charts.load_charts import charts, over_time
from ui.links import link
from ui.screen import ask, ask_or_abort
from ui.words.wording import counted

MAX_COMPARED = 6
"""Runs that can be told apart in one chart."""
MAX_LISTED = 100
"""Runs in the list."""
GRACE_S = 30
"""Seconds after which a run that should have ended, and did not report it, counts as lost."""
REPORT_STYLES = ("tokens", "base", "parts", "load")
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"

Run = dict[str, Any]
"""The record of a run as the collector keeps it, and what `_described` adds."""

blueprint = Blueprint("load", __name__)


@dataclass(frozen=True)
class LoadView:
    """The list of runs, and some of them compared."""

    all_runs: list[Run]
    runs: list[Run]
    """The runs that are compared."""
    missing: list[int]
    """Numbers of runs in the address that are no longer kept."""
    route: str
    """The route that is compared; empty for all requests."""
    max_compared: int = MAX_COMPARED

    @property
    def how(self) -> dict[str, str]:
        """How each kind of number is computed: in the same way for all runs."""
        return self.runs[0]["how"] if self.runs else {}

    @property
    def routes(self) -> list[str]:
        """All routes of the compared runs, those with the most time first."""
        return _route_names(self.runs)

    @property
    def charts(self) -> list[Chart]:
        """The compared runs as drawn."""
        return charts(self.runs, self.route)

    @property
    def measured(self) -> list[tuple[Run, dict[str, Any] | None]]:
        """Each compared run with its figures for the route; None if nothing asked for it."""
        return [(run, _figures(run, self.route)) for run in self.runs]

    @property
    def listed(self) -> list[Run]:
        """The runs in the list, newest first."""
        return self.all_runs[:MAX_LISTED]

    @property
    def unlisted(self) -> int:
        """The number of older runs."""
        return max(len(self.all_runs) - MAX_LISTED, 0)


@dataclass(frozen=True)
class RunView:
    """One run."""

    run: Run
    root: str = ""
    """The address of this UI, if links must work from elsewhere."""

    @property
    def how(self) -> dict[str, str]:
        """How each kind of number is computed."""
        return dict(self.run["how"])

    @property
    def charts(self) -> list[Chart]:
        """The run as drawn."""
        return [*charts([self.run], ""), *over_time(self.run)]

    @property
    def traces_link(self) -> str:
        """The address of the list of the run's traces."""
        return self.root + link("/", q=f"load.run:{self.run['number']}")

    def trace_link(self, trace_id: str) -> str:
        """Return the address of a trace."""
        return self.root + link(f"/trace/{trace_id}")


@blueprint.get("/load")
def page() -> str:
    """List all runs, and compare the chosen ones (`?run=7&run=9`; default: the newest)."""
    all_runs = [_described(run) for run in ask("/api/runs")["runs"]]
    numbers = {run["number"] for run in all_runs}
    asked = list(dict.fromkeys(request.args.getlist("run", type=int)))
    chosen = [number for number in asked if number in numbers][:MAX_COMPARED]
    if not asked:
        chosen = [run["number"] for run in all_runs if run["total"]["requests"]][:1]
    runs = [_run(number) for number in chosen]
    route = request.args.get("route", "")
    route = route if route in _route_names(runs) else ""
    missing = [number for number in asked if number not in numbers]
    return render_template("load.html", view=LoadView(all_runs, runs, missing, route))


@blueprint.get("/load/<int:number>")
def one(number: int) -> str:
    """Show one run: its figures, charts, routes, and the requests worth looking at."""
    return render_template("load-run.html", view=RunView(_run(number)))


@blueprint.get("/load/<int:number>/report")
def report(number: int) -> Response:
    """Return a run as a single file that needs nothing else; its traces are links to this UI."""
    style = "\n".join((STATIC / "css" / f"{name}.css").read_text() for name in REPORT_STYLES)
    view = RunView(_run(number), request.url_root.rstrip("/"))
    response = make_response(render_template("load-report.html", view=view, style=style))
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    response.headers["Content-Disposition"] = f'inline; filename="load-run-{number}.html"'
    return response


def _run(number: int) -> Run:
    return _described(ask_or_abort(f"/api/runs/{number}"))


def _described(run: Run) -> Run:
    """Return the run with its state as of now, and with deploy, dials and load in words."""
    return {
        **run,
        "state": _state(run),
        "deploy": ", ".join(deploy["version"] for deploy in run["deploys"]) or "unknown",
        "turned_dials": [f"{name} = {value:g}" for name, value in run["turned"].items()],
        "load_in_words": _load_in_words(run["load"]),
    }


def _state(run: Run) -> str:
    """Return `finished`, `running` or `lost`: never ended, because its Locust was killed."""
    expected_end_s = int(run["began"]) / 1e9 + run["load"]["run_time"] + GRACE_S
    if run["state"] == "running" and time.time() > expected_end_s:
        return "lost"
    return str(run["state"])


def _load_in_words(load: dict[str, Any]) -> str:
    """Return `steps up to 50 visitors, closed: 2 s to think`."""
    visitors = counted(load["users"], "visitor")
    shape = {
        "steps": f"steps up to {visitors}",
        "spike": f"a spike of {visitors}",
        "waves": f"waves of {visitors} every {load['wave'] or 0:g} s",
    }.get(load["shape"], visitors)
    if load["mode"] == "open":
        return f"{shape}, open: {load['rate'] or 0:g}/s"
    if load["shape"] == "waves":  # nobody thinks; all wait for the next wave
        return f"{shape}, closed"
    return f"{shape}, closed: {load['think'] or 0:g} s to think"


def _route_names(runs: list[Run]) -> list[str]:
    return list(dict.fromkeys(route["name"] for run in runs for route in run["routes"]))


def _figures(run: Run, route: str) -> dict[str, Any] | None:
    """Return what a run measured of a route, or of all requests; None if nothing asked for it."""
    if not route:
        return dict(run["total"])
    return next((measured for measured in run["routes"] if measured["name"] == route), None)
