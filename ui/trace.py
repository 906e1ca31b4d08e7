"""The second screen: one trace. The waterfall is drawn in the browser; what it shows can also be
read as plain tables, page by page, where no script runs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, render_template, request

from ui import columns, services
from ui.collector import Collector, RefusedError

ROWS = 500
"""Spans on one page of the plain table."""

blueprint = Blueprint("trace", __name__)


@blueprint.get("/trace/<trace_id>")
def page(trace_id: str) -> str:
    """The trace's head; `static/js/trace.js` fetches and draws the spans."""
    summary = _summary(trace_id)
    return render_template(
        "trace.html", trace_id=trace_id, summary=summary, services=_services(summary)
    )


@blueprint.get("/trace/<trace_id>/spans")
def spans(trace_id: str) -> str:
    """The spans as an indented table and what they add up to by operation."""
    trace = _asked(f"/api/trace/{_identifier(trace_id)}")
    first = max(0, request.args.get("from", 0, type=int))
    return render_template(
        "spans.html",
        trace_id=trace_id,
        trace=trace,
        summary=trace["summary"],
        services=trace["services"],
        rows=list(columns.rows(trace, first, first + ROWS)),
        operations=columns.operations(trace),
        first=first,
        more=ROWS,
    )


@blueprint.get("/trace/<trace_id>/span/<span_id>")
def span(trace_id: str, span_id: str) -> str:
    """Everything stored about one span."""
    found = _asked(f"/api/trace/{_identifier(trace_id)}/span/{_identifier(span_id)}")
    summary = _summary(trace_id)
    return render_template(
        "span.html",
        trace_id=trace_id,
        span=found,
        summary=summary,
        services=_services(summary),
    )


def _summary(trace_id: str) -> dict[str, Any]:
    found = _asked("/api/traces", q=f"trace:{_identifier(trace_id)}", limit=1)["traces"]
    if not found or found[0]["trace_id"] != trace_id.lower():
        abort(
            404,
            f"No trace {trace_id} is stored. It may be older than what is kept, or not here yet.",
        )
    return dict(found[0])


def _services(summary: dict[str, Any]) -> dict[str, dict[str, object]]:
    """Those of the trace, as the browser knows them: their marks differ among themselves."""
    known = services.known(current_app.extensions["collector"])
    return {name: known[name] for name in summary["services"] if name in known}


def _asked(path: str, **parameters: object) -> Any:
    collector: Collector = current_app.extensions["collector"]
    try:
        return collector.get(path, **parameters)
    except RefusedError as refusal:
        abort(404 if refusal.status == 404 else 400, str(refusal))


def _identifier(text: str) -> str:
    """An id as it was given, if it is one at all."""
    if not text or len(text) > 32 or set(text.lower()) - set("0123456789abcdef"):
        abort(
            404, "A trace's id is 32 hex digits and a span's 16; this address holds something else."
        )
    return text.lower()
