"""Lesson 6 is done once the middleware makes a span of each request, and timing.log is silent."""

from __future__ import annotations

from tutor.checks import PAIRING, UNKNOWN_BEER, Probe, Reply, expect, same_answers


def check(app: Probe) -> None:
    """A pairing and an unknown beer each make one `flask.request`, and no line."""
    same_answers(app)
    replies = [app.get(PAIRING), app.get(UNKNOWN_BEER, status=404), app.get("/beers/ipa")]
    lines = app.log_lines(since=replies[0])
    for reply, resource in zip(
        replies, ("GET /pair/beer", "GET /pair/beer", "GET /beers/<name>"), strict=True
    ):
        must_be_a_request(app, reply, resource)
    expect(
        not lines,
        expected=f"that {app.code.name_of('timing.log')} does not grow any more:"
        " the tracer does its work now",
        seen=f"{len(lines)} new lines",
        look=app.code.place("/pair/beer"),
        detail=lines[:3],
    )


def must_be_a_request(app: Probe, reply: Reply, resource: str) -> None:
    """The request's trace has one server span, and that says what it was."""
    trace = app.trace(reply)
    place = app.code.place()
    found = trace.find("flask.request", service="web")
    expect(
        len(found) == 1,
        expected="one span `flask.request` of the service `web` for each request",
        seen=trace.outline(),
        look=place,
        trace=trace,
    )
    span = found[0]
    expect(
        span is trace.root,
        expected="that `flask.request` is the root of its trace: it has no parent",
        seen=f"it is inside of {span.parent}",
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
