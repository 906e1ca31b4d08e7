"""Other ways to solve lessons 6 to 10, and mistakes."""

from __future__ import annotations

from tests.course.variant import Variant
from tutor.course.lessons import Course

HOPS = '    tag("beer.hops", beer.hops)\n'
BEER = '    tag("beer.name", name)\n'
DONUT = '    tag("donut.name", pairing["match"]["donut"])\n'
UNKNOWN = '        errors.unknown("beer", name, catalog_routes.names(Beer))\n'
FOUND = "    return jsonify(pairing)\n"

BEER_QUERY = """    with tracer.trace("beer.query", service="db"):
        beer = db.session.scalar(select(Beer).filter_by(name=name))
"""
MATCHING = """    with tracer.trace("match"):
        return best_match(beer, donuts)
"""
PATCH = "patch(sqlalchemy=True, redis=True)"
PATCH_ALL = "patch(sqlalchemy=True, redis=True, requests=True)"

WITH_PARAMETERS = """
from sqlalchemy import event
from sqlalchemy.engine import Engine


@event.listens_for(Engine, "before_cursor_execute")
def before(connection, cursor, statement, parameters, context, many):
    text = f"{statement} {parameters}"
    context.span = tracer.trace("sqlalchemy.query", service="db", resource=text, type="sql")


@event.listens_for(Engine, "after_cursor_execute")
def after(connection, cursor, statement, parameters, context, many):
    context.span.finish()


patch(redis=True)"""

ASKING = """            answer = requests.get(
                f"{TASTER_URL}/taste",
                params={"beer": beer, "donut": donut},
                timeout=dials.TASTE_TIMEOUT_S,
            )
"""
BY_HAND = """            headers: dict[str, str] = {}
            propagation.inject(tracer.current_context(), headers)
            answer = requests.get(
                f"{TASTER_URL}/taste",
                params={"beer": beer, "donut": donut},
                timeout=dials.TASTE_TIMEOUT_S,
                headers=headers,
            )
"""
OLD_HEADERS = """            span = tracer.current_span()
            answer = requests.get(
                f"{TASTER_URL}/taste",
                params={"beer": beer, "donut": donut},
                timeout=dials.TASTE_TIMEOUT_S,
                headers={
                    "X-Datadog-Trace": str(span.trace_id),
                    "X-Datadog-Parent-Span-Id": str(span.span_id),
                },
            )
"""
IMPORTS = (
    "import TraceMiddleware, patch, tracer",
    "import TraceMiddleware, patch, propagation, tracer",
)
IN_A_SPAN = '            with tracer.trace("call", type="http"):\n' + BY_HAND.replace(
    "            ", "                "
)

VARIANTS = [
    Variant(
        6,
        "the service's name given to the middleware",
        {
            "web.py": [
                ('tracer.configure(service="web")\n', ""),
                ("TraceMiddleware(app, tracer)", 'TraceMiddleware(app, service="web")'),
            ]
        },
    ),
    Variant(
        6,
        "no name for the service",
        {"web.py": [('tracer.configure(service="web")\n', "")]},
        "of the service `web`",
    ),
    Variant(
        6,
        "a name that could be the host's",
        {"web.py": [('tracer.configure(service="web")', 'tracer.configure("matchmaker")')]},
        "tracer.configure(service='matchmaker')",
        starts=False,
    ),
    Variant(
        6,
        "the host of no collector",
        {
            "web.py": [
                (
                    'tracer.configure(service="web")',
                    'tracer.configure(hostname="nowhere.invalid", service="web")',
                )
            ]
        },
        "lost: the collector at http://nowhere.invalid:8126 does not answer",
    ),
    Variant(
        6,
        "no request is sampled",
        {
            "web.py": [
                (
                    'tracer.configure(service="web")',
                    'tracer.configure(service="web", sampling=0)',
                )
            ]
        },
        "it was not sampled",
    ),
    Variant(
        6,
        "still timing in the taster",
        {
            "taster.py": [
                ('@app.get("/taste")\n', '@app.get("/taste")\n@timed\n'),
                ("from services.palate", "from timing import timed\nfrom services.palate"),
            ],
            "timing.py": Course().step(5).checkpoint()["timing.py"],
        },
        "taster.py:18",
    ),
    Variant(
        6, "no middleware", {"web.py": [("TraceMiddleware(app, tracer)\n", "")]}, "traceresponse"
    ),
    Variant(
        6,
        "still writing the log",
        {
            "web.py": [
                ("def find_pairing", "@timed\ndef find_pairing"),
                ("from tracer", "from timing import timed\nfrom tracer"),
            ],
            "timing.py": """
import os
def timed(function):
    def inner(*args):
        open(os.environ["LOG_DIR"] + "/timing.log", "a").write("find_pairing took 1 ms\\n")
        return function(*args)
    return inner
""",
        },
        "to stop growing",
    ),
    Variant(
        7,
        "the style, and no function of its own",
        {
            "web.py": [
                (HOPS, '    tracer.current_span().set_tag("beer.style", beer.style)\n'),
                (
                    DONUT,
                    "    span = tracer.current_span()\n"
                    '    span.set_tags({"donut.name": pairing["match"]["donut"]})\n',
                ),
            ]
        },
    ),
    Variant(
        7,
        "the same beer always",
        {"web.py": [('tag("beer.name", name)', 'tag("beer.name", "ipa")')]},
        "beer.name: stout",
    ),
    Variant(
        7,
        "the beer only at the end",
        {"web.py": [(BEER, ""), (FOUND, BEER + FOUND)]},
        "before anything can go wrong",
    ),
    Variant(
        7,
        "a donut where there is none",
        {"web.py": [(BEER, BEER + '    tag("donut.name", "none")\n')]},
        "no tag donut.name",
    ),
    Variant(
        7,
        "an error where there is none",
        {"web.py": [(UNKNOWN, "        tracer.current_span().error = 1\n" + UNKNOWN)]},
        "404 not to be an error",
    ),
    Variant(7, "no hops", {"web.py": [(HOPS, "")]}, "beer.hops: 43"),
    Variant(
        8,
        "started and finished by hand; a decorator",
        {
            "web.py": [
                (
                    BEER_QUERY,
                    '    query = tracer.trace("beer.query", service="db")\n'
                    "    beer = db.session.scalar(select(Beer).filter_by(name=name))\n"
                    "    query.finish()\n",
                ),
                (MATCHING, "    return best_match(beer, donuts)\n"),
                ("def best_match", '@tracer.wrap("match")\ndef best_match'),
            ]
        },
    ),
    Variant(
        8,
        "never finished",
        {
            "web.py": [
                (
                    BEER_QUERY,
                    '    tracer.trace("beer.query", service="db")\n'
                    "    beer = db.session.scalar(select(Beer).filter_by(name=name))\n",
                )
            ]
        },
        "is it used in a `with`?",
    ),
    Variant(
        8,
        "a 404 that fails the query",
        {
            "web.py": [
                (
                    BEER_QUERY + "    if beer is None:\n" + UNKNOWN,
                    BEER_QUERY + "        if beer is None:\n    " + UNKNOWN,
                )
            ]
        },
        "`beer.query` failed",
    ),
    Variant(
        8,
        "named after the wrong operation",
        {"web.py": [('tracer.trace("match")', 'tracer.trace("donuts.query")')]},
        "one span `donuts.query`",
    ),
    Variant(
        8,
        "the wrong service",
        {"web.py": [('tracer.trace("match")', 'tracer.trace("match", service="db")')]},
        "it inherits that",
    ),
    Variant(
        8,
        "one block in another",
        {"web.py": [(MATCHING, "    " + MATCHING.replace("\n    ", "\n        "))]},
        "`match` to be a child of `flask.request`",
    ),
    Variant(9, "one by one", {"web.py": [(PATCH, "patch(redis=True)\npatch(sqlalchemy=True)")]}),
    Variant(9, "no Redis", {"web.py": [(PATCH, "patch(sqlalchemy=True)")]}, "patch(redis=True)"),
    Variant(9, "no SQL", {"web.py": [(PATCH, "patch(redis=True)")]}, "patch(sqlalchemy=True)"),
    Variant(
        9, "with parameters", {"web.py": [(PATCH, WITH_PARAMETERS)]}, "without their parameters"
    ),
    Variant(
        10,
        "client spans and headers by hand",
        {"web.py": [(PATCH_ALL, PATCH), IMPORTS, (ASKING, IN_A_SPAN)]},
    ),
    Variant(
        10,
        "headers by hand, but no client spans",
        {"web.py": [(PATCH_ALL, PATCH), IMPORTS, (ASKING, BY_HAND)]},
        "a client span in web for each call",
    ),
    Variant(
        10,
        "headers that nobody reads",
        {"web.py": [(PATCH_ALL, PATCH), (ASKING, OLD_HEADERS)]},
        "in the trace that web began",
    ),
    Variant(10, "nothing sent", {"web.py": [(PATCH_ALL, PATCH)]}, "in the trace that web began"),
    Variant(
        10,
        "a taster without a name",
        {"taster.py": [('tracer.configure(service="taster")\n', "")]},
        "of the service `taster`",
    ),
    Variant(
        10,
        "no span of the tasting",
        {"taster.py": [('"palate.taste"', '"chew"')]},
        "a span `palate.taste`",
    ),
]
