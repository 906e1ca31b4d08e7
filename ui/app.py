"""The UI as a Flask app: the screens, the proxy, and what holds for every response."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from ui import assets, lessons, payers, proxy, service_marks, workshop
from ui.allowed_hosts import AllowedHosts
from ui.client import BusyError, Collector, CollectorDownError, CollectorError
from ui.graph import flow_graph
from ui.links import link
from ui.screen import missing
from ui.screens import (
    compare,
    course,
    inferred,
    laboratory,
    live,
    load,
    open_file,
    route,
    routes,
    sampling,
    trace,
    what_if,
)
from ui.screens import map as map_screen
from ui.ways_in import client_url, ways_in
from ui.words import labels, verdicts, wording
from ui.words.forwarded import forwarded
from ui.words.lesson_html import to_html
from ui.words.real_ports import real_ports, with_ports

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""What pages may load and do. Nothing inline, so that a tag's value can never become script or
style."""

SCREEN_MODULES = (
    live,
    open_file,
    trace,
    routes,
    route,
    map_screen,
    compare,
    what_if,
    sampling,
    laboratory,
    inferred,
)
WORKSHOP_MODULES = (load, course)
"""Screens about what only a workshop has."""
SCREENS = (
    ("Traces", "/"),
    ("Routes", "/routes"),
    ("Map", "/map"),
    ("Compare", "/compare"),
    ("What if", "/what-if"),
    ("Sampling", "/sampling"),
)
"""Names and paths of the screens in the navigation, in order."""
LOAD, COURSE = ("Load", "/load"), ("Course", "/course")

ERROR_TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Read only",
    503: "The collector cannot answer right now",
}
RETRY_AFTER_S = 5
"""When to ask again after a 503."""

FILTERS: dict[str, Callable[..., object]] = {
    "duration": wording.duration,
    "between": wording.between,
    "count": wording.count,
    "compact": wording.compact,
    "percentile": wording.percentile,
    "number": wording.number,
    "percent": wording.percent,
    "rate": wording.rate,
    "size": wording.size,
    "signed": wording.signed,
    "signed_percent": wording.signed_percent,
    "three_digits": wording.three_digits,
    "counted": wording.counted,
    "forwarded": forwarded,
    "weighted": wording.weighted,
    "moment": wording.moment,
    "clock": wording.clock,
    "time_span": wording.time_span,
    "age": lambda moment: wording.age(moment, time.time_ns()),
    "short": labels.shortened,
    "brief": labels.brief,
    "finding": verdicts.finding,
    "markdown": to_html,
    "with_ports": lambda text: with_ports(text, real_ports()),
    "failure_share": flow_graph.failure_share,
    "self_time": payers.self_time,
}
"""What templates can apply to a value, `{{ ns|duration }}`."""


def create_app(collector_url: str, host: str = "127.0.0.1", has_workshop: bool = True) -> Flask:
    """Return the UI for the collector at `collector_url`; `host` is the address it listens on.

    Without a workshop nothing is said about lessons, load tests and the workshop's commands.
    Raises `ValueError` if `collector_url` is not a URL.
    """
    app = Flask(__name__, static_folder=None)
    app.extensions["collector"] = Collector(collector_url)
    app.config["WORKSHOP"] = has_workshop
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    screens = (*SCREEN_MODULES, *(WORKSHOP_MODULES if has_workshop else ()))
    for part in (assets, proxy, service_marks, *screens):
        app.register_blueprint(part.blueprint)
    app.add_url_rule("/ping", "ping", _ping)
    app.context_processor(_for_every_page)
    app.register_error_handler(CollectorError, _collector_error)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_secure)
    app.wsgi_app = AllowedHosts(app.wsgi_app, host)  # type: ignore[method-assign]
    return app


def _ping() -> Response:
    """Answer that the UI is up, and which stack it belongs to."""
    stack = {"Workshop-Stack": os.environ.get("STACK_ID", "")}
    return Response("ok\n", headers=stack, mimetype="text/plain")


def _for_every_page() -> dict[str, object]:
    present = request.args.get("present") == "1"
    return {
        "static": f"/static/{assets.VERSION}",
        "present": present,
        "theme": _theme(present),
        "mark": service_marks.mark,
        "marks": service_marks.marks_json,
        "modules": assets.modules,
        "link": link,
        "missing": missing,
        "screens": _screens(),
        "workshop": workshop.is_here(),
        "collector_url": client_url(current_app.extensions["collector"].url),
        "ways_in": ways_in,
    }


def _screens() -> list[tuple[str, str]]:
    """Return the names and paths of the screens that there are."""
    screens = list(SCREENS)
    if workshop.is_here():
        screens.append(LOAD)
    if lessons.exist():
        screens.append(COURSE)
    return screens


def _theme(present: bool) -> str:
    """Return the chosen theme, empty for the system's. `static/js/page.js` stores the choice."""
    chosen = request.cookies.get("traces-theme-present" if present else "traces-theme", "")
    return chosen if chosen in ("light", "dark") else "light" if present else ""


def _secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _collector_error(error: CollectorError) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    if isinstance(error, CollectorDownError):
        collector: Collector = current_app.extensions["collector"]
        return render_template(
            "collector-down.html", url=collector.url, cause=str(error)
        ), error.status
    if isinstance(error, BusyError):
        page = render_template("error.html", title=ERROR_TITLES[503], text=str(error), again=True)
        return page, error.status, {"Retry-After": str(RETRY_AFTER_S)}
    return render_template("error.html", title=ERROR_TITLES[400], text=str(error)), error.status


def _http_error(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    title = ERROR_TITLES.get(code, "Something went wrong")
    return render_template("error.html", title=title, text=error.description), code
