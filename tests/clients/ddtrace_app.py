"""A program traced by Datadog's own client; prints its spans as they should be read back.

Run by test_ddtrace.py in its own process, because the client patches the process it is in.
"""

from __future__ import annotations

import json
import sys

from ddtrace.trace import Span, tracer


def main() -> None:
    """Make some traces, send them, and print what they were."""
    spans: list[Span] = []
    with tracer.trace("flask.request", service="web", resource="GET /pair/beer") as root:
        spans.append(root)
        root.span_type = "web"
        root.set_tag("http.route", "/pair/beer")
        root.set_tag("größe", "\N{BEER MUG} \0 ½")
        root.set_metric("rows", 60)
        root.set_metric("share", 0.25)
        with tracer.trace("sqlalchemy.query", service="db", span_type="sql") as query:
            spans.append(query)
            query.resource = "SELECT * FROM beers WHERE name = ?"
            query.link_span(root.context, {"why": "asked by"})
        with tracer.trace("taste") as failing:
            spans.append(failing)
            try:
                raise ValueError("no such beer")
            except ValueError as error:
                failing.record_exception(error, {"beer": "ipa", "attempt": 2})
                failing.set_exc_info(*sys.exc_info())
    with tracer.trace("many", service="web") as many:
        spans.append(many)
        for _ in range(400):  # more than the client holds back: it sends some before their root
            with tracer.trace("one of many") as one:
                spans.append(one)
    tracer.flush()
    json.dump([_expected(span) for span in spans], sys.stdout)


def _expected(span: Span) -> dict[str, object]:
    return {
        "trace_id": f"{span.trace_id:032x}",
        "id": f"{span.span_id:016x}",
        "parent_id": f"{span.parent_id:016x}" if span.parent_id else None,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.span_type or "",
        "start": str(span.start_ns),
        "duration": span.duration_ns,
        "error": span.error,
        "tags": {**span.get_tags(), **span.get_metrics()},
    }


main()
