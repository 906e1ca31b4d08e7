"""Putting the UI together: screens, the proxy, and what holds for every answer."""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from ui import assets, proxy, service_marks
from ui.client import AwayError, Collector, CollectorError
from ui.graph import flow_graph
from ui.links import link
from ui.screens import compare, course, live, load, routes, trace, what_if
from ui.screens import map as map_screen
from ui.words import labels, wording

POLICY = "; ".join(
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
"""What pages may load and do. Nothing inline: a tag's value can never become script or style."""

SCREENS = (
    ("Traces", "/"),
    ("Routes", "/routes"),
    ("Map", "/map"),
    ("Compare", "/compare"),
    ("What if", "/what-if"),
    ("Load", "/load"),
    ("Course", "/course"),
)
"""The screens that the navigation offers, in order."""

TITLES = {400: "That cannot be asked", 404: "Not here", 405: "Only to be looked at"}


def create_app(collector_url: str) -> Flask:
    """The UI for the collector at `collector_url`. Raises ValueError if that is no address."""
    app = Flask(__name__, static_folder=None)
    app.extensions["collector"] = Collector(collector_url)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        duration=wording.duration,
        count=wording.count,
        compact=wording.compact,
        percentile=wording.percentile,
        number=wording.number,
        percent=wording.percent,
        rate=wording.rate,
        signed=wording.signed,
        signed_percent=wording.signed_percent,
        three_digits=wording.three_digits,
        short=labels.shortened,
        brief=labels.brief,
        finding=lambda kind: flow_graph.KINDS.get(kind, kind.replace("_", " ")),
        counted=wording.counted,
        moment=wording.moment,
        clock=wording.clock,
        age=lambda moment: wording.age(moment, time.time_ns()),
    )
    for room in (assets, proxy, live, trace, routes, map_screen, compare, what_if, load, course):
        app.register_blueprint(room.blueprint)
    app.register_blueprint(service_marks.blueprint)
    app.add_url_rule("/ping", "ping", lambda: Response("ok\n", mimetype="text/plain"))
    app.context_processor(_for_every_page)
    app.register_error_handler(CollectorError, _collector_trouble)
    app.register_error_handler(HTTPException, _no_page)
    app.after_request(_secure)
    return app


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
        "screens": SCREENS if course.exists() else SCREENS[:-1],
        "collector_url": current_app.extensions["collector"].url,
    }


def _theme(present: bool) -> str:
    """The theme chosen, empty for the system's. `static/js/page.js` keeps the choice."""
    chosen = request.cookies.get("traces-theme-present" if present else "traces-theme", "")
    return chosen if chosen in ("light", "dark") else "light" if present else ""


def _secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _collector_trouble(error: CollectorError) -> tuple[str, int]:
    if isinstance(error, AwayError):
        collector: Collector = current_app.extensions["collector"]
        return render_template(
            "collector-down.html", url=collector.url, cause=str(error)
        ), error.status
    return render_template(
        "error.html", title="That cannot be asked", text=str(error)
    ), error.status


def _no_page(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    title = TITLES.get(code, "That did not work")
    return render_template("error.html", title=title, text=error.description), code
