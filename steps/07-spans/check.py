"""Lesson 7 is done once a request's span says what it was about, and what came of it."""

from __future__ import annotations

from tutor.checks import UNKNOWN_BEER, Probe, Reply, Span, Trace, expect, same_answers, turned

STOUT = "/pair/beer?name=stout"
NO_TIME = {"TASTE_TIMEOUT_S": 0.01, "ATTEMPTS": 1}
"""Dials that leave the taster no time to answer."""


def check(app: Probe) -> None:
    """Check that each tag is there if its value is known, and that only failures are errors."""
    same_answers(app)
    stout, unknown = app.get(STOUT), app.get(UNKNOWN_BEER, status=404)
    with turned(app, NO_TIME):
        failed = app.get(STOUT, status=None)
    must_say_what_it_was(app, stout)
    must_leave_out_what_is_unknown(app, unknown)
    if failed.status >= 500:  # unless the machine, or a teacher, was quicker
        must_be_an_error(app, failed)


def must_say_what_it_was(app: Probe, reply: Reply) -> None:
    """Check that a pairing's span has the beer, something about it, and the donut of the answer."""
    trace, span = span_of(app, reply)
    tags = span.tags
    donut = reply.json()["match"]["donut"]
    for key, value in (("beer.name", "stout"), ("donut.name", donut)):
        expect(
            tags.get(key) == value,
            expected=f"the tag {key}: {value} on `flask.request`",
            seen=about(trace, span, key),
            look=app.code.place("/pair/beer"),
            trace=trace,
        )
    about_the_beer = {
        "beer.hops": ("43", "43.0"),
        "beer.style": ("black coffee with a cream hat",),
    }
    expect(
        any(str(tags.get(key)) in values for key, values in about_the_beer.items()),
        expected="the tag beer.hops: 43 (or beer.style: black coffee with a cream hat)"
        " on `flask.request`",
        seen=" and ".join(about(trace, span, key) for key in about_the_beer),
        look=app.code.place("find_pairing"),
        trace=trace,
    )


def must_leave_out_what_is_unknown(app: Probe, reply: Reply) -> None:
    """Check that the span for an unknown beer has its name, nothing else, and is not an error."""
    trace, span = span_of(app, reply)
    look = app.code.place("/pair/beer")
    expect(
        span.tags.get("beer.name") == "water",
        expected="the tag beer.name: water on the span of a request for an unknown beer: set it"
        " before anything can go wrong",
        seen=about(trace, span, "beer.name"),
        look=look,
        trace=trace,
    )
    for key in ("donut.name", "beer.hops", "beer.style"):
        expect(
            key not in span.tags,
            expected=f"no tag {key} on the span of a request for an unknown beer",
            seen=about(trace, span, key),
            look=look,
            trace=trace,
        )
    expect(
        not span.error,
        expected="a 404 not to be an error: the service did what it should",
        seen=f"the span is an error: {span.tags.get('error.message', 'without a message')}",
        look=look,
        trace=trace,
    )


def must_be_an_error(app: Probe, reply: Reply) -> None:
    """Check that a request that could not be answered is an error."""
    trace, span = span_of(app, reply)
    expect(
        span.error,
        expected=f"a request answered with {reply.status} to be an error",
        seen="a span that is not an error",
        look=app.code.place("/pair/beer"),
        trace=trace,
    )


def span_of(app: Probe, reply: Reply) -> tuple[Trace, Span]:
    """Return the trace of a request, and its span `flask.request`."""
    trace = app.trace(reply)
    spans = trace.find("flask.request", service="web")
    expect(
        spans,
        expected="a span `flask.request` of the service `web`",
        seen=trace.outline(),
        look=app.code.place(),
        trace=trace,
    )
    return trace, spans[0]


def about(trace: Trace, span: Span, key: str) -> str:
    """Say what became of a tag."""
    if key in span.tags:
        return f"{key}: {span.tags[key]}"
    elsewhere = [other.name for other in trace if other is not span and key in other.tags]
    return f"it is on {elsewhere[0]!r}" if elsewhere else f"no {key}"
