"""Lesson 20 is done once OpenTelemetry traces web, and Datadog's client the taster."""

from __future__ import annotations

import secrets

from tutor.checks import (
    PAIRING,
    CachedPairings,
    Probe,
    Reply,
    Span,
    Trace,
    count,
    expect,
    must_be_forwarded,
    must_have_default_dials,
    must_taste_all,
    same_answers,
)

BEER = "ipa"
"""The beer of `PAIRING`, which must not be in the cache: then there is nothing to trace."""

INSTRUMENTATIONS = {
    "flask": "FlaskInstrumentor",
    "sqlalchemy": "SQLAlchemyInstrumentor",
    "redis": "RedisInstrumentor",
    "requests": "RequestsInstrumentor",
}
SCOPE = "opentelemetry.instrumentation."
"""How OpenTelemetry names an instrumentation, in the tag `otel.scope.name`."""

FOR_OPERATORS = ("/ping", "/dials")

IS_IT_NAMED = {
    "web": "Does web's `Resource` have `service.name`?",
    "taster": "Does the taster have `DD_SERVICE`, and `tracecontext` in"
    " `DD_TRACE_PROPAGATION_STYLE`? Both are read when `ddtrace` is imported.",
}
"""What to ask oneself where a service is missing from the trace."""

HOW_TO_LEAVE_OUT = {
    "web": "`excluded_urls` makes OpenTelemetry leave them out.",
    "taster": "A `TraceFilter` makes `ddtrace` leave them out.",
}


def check(app: Probe) -> None:
    """Check who has made the spans of a pairing, and that they are one trace here and elsewhere."""
    must_have_default_dials(app)
    same_answers(app)
    sent = [secrets.token_hex(16) for _ in range(1 + 2 * len(FOR_OPERATORS))]
    continued, *unwanted = sent
    headers = [{"traceparent": f"00-{id_}-{secrets.token_hex(8)}-01"} for id_ in unwanted]
    for path in FOR_OPERATORS:
        app.get(path, headers.pop())
        app.get_taster(path, headers.pop())
    CachedPairings(app).expire(BEER)
    app.get(PAIRING, {"traceparent": f"00-{continued}-{secrets.token_hex(8)}-01"})
    CachedPairings(app).expire(BEER)
    pairing = app.get(PAIRING)
    must_name_its_trace(app, pairing)
    trace = app.trace(pairing)
    must_be_made_by_opentelemetry(app, trace)
    must_use_instrumentations(app, trace)
    must_be_one_trace(app, trace)
    must_be_made_by_ddtrace(app, trace)
    must_taste_all(app, trace, "Does `patch` in the taster mention `futures`?")
    must_go_on(app, trace, continued)
    must_leave_out(app, trace, unwanted)
    must_be_forwarded(app, trace)


def must_name_its_trace(app: Probe, pairing: Reply) -> None:
    """Check that web's answer says which trace it belongs to, without which none can be found."""
    expect(
        pairing.trace_id,
        expected="an answer that names its trace in the header `traceresponse`",
        seen=f"no such header in the answer to {pairing.asked}",
        look=app.code.use("FlaskInstrumentor"),
        detail="OpenTelemetry writes it where it is asked to, and a request is traced:"
        " `set_global_response_propagator(TraceResponsePropagator())`",
    )


def must_be_one_trace(app: Probe, trace: Trace) -> None:
    """Check that both services are in it, below one root, which is web's."""
    for service, is_it_named in IS_IT_NAMED.items():
        expect(
            service in trace.services,
            expected="spans of the services `web` and `taster` in the trace of a pairing",
            seen=f"none of {service}. The trace: {trace.outline()}",
            look=setup_of(app, service),
            trace=trace,
            detail=is_it_named,
        )
    roots = trace.roots
    expect(
        len(roots) == 1 and roots[0].service == "web",
        expected="one root, of web, and everything else below it",
        seen=f"{count(len(roots), 'root')}: {', '.join(map(str, roots[:3]))}",
        look=app.code.place("/pair/beer"),
        trace=trace,
    )
    kind = trace.root.tags.get("span.kind")
    expect(
        kind == "server",
        expected="the root to be a server span, as an instrumentation of Flask makes it",
        seen=f"{trace.root}, which is {kind or 'of no kind'}",
        look=app.code.place(),
        trace=trace,
    )
    expect(
        trace.root.tags.get("user_agent.synthetic.type") == "test",
        expected="the tag `user_agent.synthetic.type` with the value `test` at the root of what a"
        " check has asked for, so that your lists leave it out",
        seen="a root without it",
        look=app.code.use("FlaskInstrumentor"),
        trace=trace,
    )


def must_be_made_by_opentelemetry(app: Probe, trace: Trace) -> None:
    """Check that web's spans were all made by OpenTelemetry's SDK."""
    for span in trace.find(service="web"):
        expect(
            span.tags.get("telemetry.sdk.name") == "opentelemetry",
            expected="all spans of web to be made by OpenTelemetry's SDK, and none by `tracer`",
            seen=f"{span}, which says nothing of OpenTelemetry",
            look=app.code.use("tracer"),
            trace=trace,
        )


def must_use_instrumentations(app: Probe, trace: Trace) -> None:
    """Check that each instrumentation has made spans, of the right kind."""
    scopes = {str(span.tags.get("otel.scope.name")) for span in trace}
    for name, instrumentor in INSTRUMENTATIONS.items():
        expect(
            SCOPE + name in scopes,
            expected=f"spans by OpenTelemetry's instrumentation of {name}",
            seen=trace.outline(),
            look=app.code.use(instrumentor),
            trace=trace,
            detail="Was it asked to instrument before web made its connections? Does the log say"
            " that it refuses to? ./workshop logs web",
        )
    for span in trace.find(service="web"):
        scope = str(span.tags.get("otel.scope.name"))
        if scope.startswith(SCOPE) and span is not trace.root:
            kind = span.tags.get("span.kind")
            expect(
                kind == "client",
                expected="what web asks of others to be client spans",
                seen=f"{span}, which is {kind or 'of no kind'}",
                look=app.code.place(),
                trace=trace,
            )


def must_be_made_by_ddtrace(app: Probe, trace: Trace) -> None:
    """Check that the taster's part begins with one server span of ddtrace's, below web's call."""
    calls = [
        span
        for span in trace.find(service="web")
        if span.tags.get("otel.scope.name") == f"{SCOPE}requests"
    ]
    for call in calls:
        servers = [span for span in call.children if span.service == "taster"]
        expect(
            len(servers) == 1,
            expected="one server span of the taster below each call that web makes",
            seen=f"{count(len(servers), 'span')} below {call}",
            look=app.code.place("taste_many", "taster.py"),
            trace=trace,
        )
        must_be_ddtraces(app, trace, servers[0])


def must_be_ddtraces(app: Probe, trace: Trace, span: Span) -> None:
    """Check that a span was made by Datadog's client, which notes the run of the process on it."""
    expect(
        "runtime-id" in span.tags and span.tags.get("span.kind") == "server",
        expected="the taster's server span to be made by `ddtrace`, and none by `tracer`",
        seen=f"{span}, without the tag `runtime-id`, which `ddtrace` gives to it",
        look=app.code.use("tracer", "taster.py"),
        trace=trace,
    )


def must_go_on(app: Probe, trace: Trace, continued: str) -> None:
    """Check that a request with a `traceparent` goes on in that trace, and that only the two new
    clients have added to it: whoever else still traces would have read the header, too."""
    found = trace.collector.trace(continued)
    expect(
        found,
        expected=f"a request with a traceparent of trace {continued} to go on in that trace",
        seen="nothing in that trace",
        look=app.code.place(),
    )
    theirs = Trace(found, trace.collector, f"{app.target.ui}/trace/{continued}")
    must_be_made_by_opentelemetry(app, theirs)
    must_be_made_by_ddtrace(app, theirs)


def must_leave_out(app: Probe, trace: Trace, unwanted: list[str]) -> None:
    """Check that the requests of those who run the app have left nothing."""
    found = filter(None, map(trace.collector.trace, unwanted))
    kept = [Trace(answer, trace.collector, "").spans[0] for answer in found]
    service = kept[0].service if kept else ""
    expect(
        not kept,
        expected=f"no trace of {' and '.join(FOR_OPERATORS)}: they would bury all the others",
        seen=f"{count(len(kept), 'trace')} of them: {', '.join(map(str, kept))}",
        look=setup_of(app, service),
        detail=HOW_TO_LEAVE_OUT.get(service, ""),
    )


def setup_of(app: Probe, service: str) -> str:
    """Return where a service sets up its tracing."""
    if service == "taster":
        return app.code.use("patch", "taster.py")
    return app.code.use("FlaskInstrumentor")
