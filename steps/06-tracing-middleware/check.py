"""Lesson 6 is done once the middleware makes a span of each request, and timing.log is silent."""

from __future__ import annotations

from tutor.checks import PAIRING, UNKNOWN_BEER, Probe, Reply, count, expect, same_answers


def check(app: Probe) -> None:
    """Check that each request makes one `flask.request`, and no line in timing.log."""
    same_answers(app)
    replies = [app.get(PAIRING), app.get(UNKNOWN_BEER, status=404), app.get("/beers/ipa")]
    lines = app.log_lines(since=replies[0])
    for reply, resource in zip(
        replies, ("GET /pair/beer", "GET /pair/beer", "GET /beers/<name>"), strict=True
    ):
        must_be_a_request(app, reply, resource)
    expect(
        not lines,
        expected=f"{app.code.name_of('timing.log')} to stop growing: the tracer does its work now",
        seen=count(len(lines), "new line"),
        look=source_of(app, lines),
        detail=lines[:3],
    )


def source_of(app: Probe, lines: list[str]) -> str:
    """Return where the code is that still writes these lines, in whichever file."""
    sources = filter(None, map(app.code.source, lines))
    return next(sources, app.code.place("/pair/beer"))


def must_be_a_request(app: Probe, reply: Reply, resource: str) -> None:
    """Check that the request's trace has one server span, which says what was asked for."""
    trace = app.trace(reply)
    place = app.code.use("configure")
    spans = trace.find("flask.request", service="web")
    expect(
        len(spans) == 1,
        expected="one span `flask.request` of the service `web` for each request",
        seen=trace.outline(),
        look=place,
        trace=trace,
    )
    span = spans[0]
    expect(
        span is trace.root,
        expected="`flask.request` to be the root of its trace, without a parent",
        seen=f"it is inside {span.parent}",
        look=place,
        trace=trace,
    )
    expect(
        span.resource == resource,
        expected=f"the resource `{resource}`",
        seen=span.resource,
        look=place,
        trace=trace,
    )
    status = str(span.tags.get("http.response.status_code", "no status"))
    expect(
        status == str(reply.status),
        expected=f"the tag http.response.status_code: {reply.status}",
        seen=status,
        look=place,
        trace=trace,
    )
