"""Other ways to solve lesson 20, and mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from tests.course.variant import Replacement, Variant
from tutor.course.lessons import Course

BEFORE = Course().step(18).checkpoint()

OLD_TRACER = """trace_app(app)
old_tracer.configure(service="web")
TraceMiddleware(app, old_tracer)
"""

RESOURCE = """    provider = TracerProvider(
        resource=Resource.create({"service.name": "web", "service.version": version})
    )
"""
EXPORTER = """    exporter = OTLPSpanExporter(f"{COLLECTOR_URL}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
"""
IN_THE_ENVIRONMENT = """    os.environ["OTEL_SERVICE_NAME"] = "web"
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = COLLECTOR_URL
    provider = TracerProvider()
"""
RESPONSE = "    set_global_response_propagator(TraceResponsePropagator())\n"
INSTRUMENTED_APP = 'instrument_app(app, excluded_urls="ping,dials", request_hook=mark_tests)'
REDIS = "    RedisInstrumentor().instrument()\n"
CALLS = "    RequestsInstrumentor().instrument()\n"
TRACER = 'tracer = trace.get_tracer("web")\n'
NEW_NAMES = 'os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http,database"\n'

PROCESSORS = "tracer.configure(trace_processors=[WithoutPings()])\n"
PATCH = "patch(flask=True, futures=True)\n"
STYLE = '"tracecontext,datadog"'
SCORES = "    scores = bites.map(lambda donut: taste(beer, donut), donuts)\n"
COPIED = """    runs = [copy_context().run for _ in donuts]
    scores = bites.map(lambda run, donut: run(taste, beer, donut), runs, donuts)
"""


def web(what: str, edits: Sequence[Replacement], wrong: str = "") -> Variant:
    """Return a variant of how web is traced."""
    return Variant(20, what, {"web_tracing.py": edits}, wrong)


def taster(what: str, edits: Sequence[Replacement], wrong: str = "") -> Variant:
    """Return a variant of how the taster is traced."""
    return Variant(20, what, {"taster_tracing.py": edits}, wrong)


VARIANTS = [
    Variant(20, "as it is"),
    web("the new names of attributes", [(TRACER, NEW_NAMES + TRACER)]),
    web("sent every five seconds", [(", schedule_delay_millis=500", "")]),
    web(
        "settings in the environment, and each span sent at once",
        [
            (RESOURCE, IN_THE_ENVIRONMENT),
            (
                EXPORTER,
                "    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))\n",
            ),
            ("import BatchSpanProcessor", "import SimpleSpanProcessor"),
        ],
    ),
    Variant(
        20,
        "the context carried into the threads by hand",
        {
            "taster_tracing.py": [(PATCH, "patch(flask=True)\n")],
            "taster.py": [
                ("from concurrent", "from contextvars import copy_context\nfrom concurrent"),
                (SCORES, COPIED),
            ],
        },
    ),
    Variant(
        20,
        "the old tracer left in beside the new one",
        {
            "web.py": [
                ("trace_app(app)\n", OLD_TRACER),
                (
                    "from web_tracing import trace_app, tracer\n",
                    "from tracer import TraceMiddleware\nfrom tracer import tracer as old_tracer\n"
                    "from web_tracing import trace_app, tracer\n",
                ),
            ]
        },
        "none by `tracer`",
    ),
    Variant(20, "the taster as before", {"taster.py": BEFORE["taster.py"]}, "made by `ddtrace`"),
    Variant(20, "web as before", {"web.py": BEFORE["web.py"]}, "OpenTelemetry's SDK"),
    web("no name", [('"service.name": "web", ', "")], "web's `Resource` have `service.name`"),
    web("one library forgotten", [(REDIS, "")], "OpenTelemetry's instrumentation of redis"),
    web("calls forgotten", [(CALLS, "")], "OpenTelemetry's instrumentation of requests"),
    web(
        "no header in answers",
        [(RESPONSE, "")],
        "`set_global_response_propagator",
    ),
    web(
        "pings traced",
        [(INSTRUMENTED_APP, "instrument_app(app, request_hook=mark_tests)")],
        "`excluded_urls` makes",
    ),
    web(
        "checks not marked",
        [(INSTRUMENTED_APP, 'instrument_app(app, excluded_urls="ping,dials")')],
        "user_agent.synthetic.type",
    ),
    taster("pings traced", [(PROCESSORS, "")], "A `TraceFilter` makes"),
    taster("another header", [(STYLE, '"datadog"')], "`tracecontext` in"),
    taster("no name", [('    "DD_SERVICE": "taster",\n', "")], "the taster have `DD_SERVICE`"),
    taster("threads forgotten", [(PATCH, "patch(flask=True)\n")], "mention `futures`"),
]
