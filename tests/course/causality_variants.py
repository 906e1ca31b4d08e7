"""Other ways to solve lesson 18, and mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from tests.course.variant import Replacement, Variant

FILL = "        filled_by[key] = tracer.current_context()\n"
POP = "        filled_by.pop(key, None)\n"
OLDEST = "filled_by.popitem(last=False)"
ROOM = "MAX_KEPT = 2\n"
EVICT = "        evict(*oldest)\n"
SPAN = '    with tracer.trace("cache.evict", submitter=submitter) as span:\n'
TAG = '        span.set_tag("cache.key", key)\n'
CLEAR = "        donutdb.evict(key)\n"
BODY = SPAN + TAG + CLEAR
SETTINGS = ", logical_clock=True\n)\n"
TASTER = 'tracer.configure(service="taster", logical_clock=True)\n'
TRACER = "from tracer import Context, TraceMiddleware, patch, tracer\n"
PATCH = "patch(sqlalchemy=True, redis=True, requests=True)\n"

KEEP = "    donutdb.keep(key, pairing, KEPT_S * random.uniform(0.9, 1.1))\n"
KEEP_WITH_FILLER = """    context = tracer.current_context()
    entry = {"pairing": pairing, "filled_by": context.traceparent if context else ""}
    donutdb.keep(key, entry, KEPT_S * random.uniform(0.9, 1.1))
"""
LOOK = '    kept = donutdb.kept(f"pairing:{name}")\n'
LOOK_INSIDE = """    entry = donutdb.kept(f"pairing:{name}")
    kept = entry and entry["pairing"]
"""
LOOK_AGAIN = """    if kept := donutdb.kept(key):
        tag("cache.hit", "true")
        return kept
"""
LOOK_AGAIN_INSIDE = """    if entry := donutdb.kept(key):
        tag("cache.hit", "true")
        return entry["pairing"]
"""
READ_FILLER = """    entry = donutdb.kept(key) or {}
    submitter = Context.from_traceparent(entry.get("filled_by"))
"""

LATER = "        evicting.submit(evict, *oldest)\n"
POOL = """evicting = ThreadPoolExecutor(1)
taster = requests.Session()  # keeps its connections
"""
SESSION = "taster = requests.Session()  # keeps its connections\n"
POOL_IMPORT = "from threading import Lock\n"
POOL_IMPORTED = "from concurrent.futures import ThreadPoolExecutor\nfrom threading import Lock\n"
IN_BACKGROUND = [(EVICT, LATER), (SESSION, POOL), (POOL_IMPORT, POOL_IMPORTED)]

HIT = "    return kept or finding.do(name, lambda: find_and_keep(name))\n"
TOUCHED_HIT = """    with filling:
        if kept and f"pairing:{name}" in filled_by:
            filled_by.move_to_end(f"pairing:{name}")
    return kept or finding.do(name, lambda: find_and_keep(name))
"""

OTHER_WAY = """    here = tracer.current_context()
    with tracer.activate(submitter), tracer.trace("cache.evict", submitter=here):
        donutdb.evict(key)
"""


def web(what: str, edits: Sequence[Replacement], wrong: str = "") -> Variant:
    """Return a variant of web."""
    return Variant(18, what, {"web.py": edits}, wrong)


def taster(what: str, edits: Sequence[Replacement], wrong: str = "") -> Variant:
    """Return a variant of the taster."""
    return Variant(18, what, {"taster.py": edits}, wrong)


VARIANTS = [
    Variant(18, "as it is"),
    web(
        "whoever filled an entry is kept in Redis, with it",
        [
            (KEEP, KEEP_WITH_FILLER),
            (LOOK, LOOK_INSIDE),
            (LOOK_AGAIN, LOOK_AGAIN_INSIDE),
            (BODY, READ_FILLER + BODY),
        ],
    ),
    web("the one that nobody asks for goes first", [(HIT, TOUCHED_HIT)]),
    web(
        "a link is added to the span",
        [
            (SPAN, '    with tracer.trace("cache.evict") as span:\n'),
            (TAG, '        span.add_link(submitter, {"relation": "submitter"})\n'),
        ],
    ),
    web(
        "evicted after the answer, in a thread that knows for whom",
        [*IN_BACKGROUND, (PATCH, PATCH.replace(")", ", futures=True)"))],
    ),
    Variant(
        18,
        "the clock turned on with a call of its own",
        {
            "web.py": [(SETTINGS, "\n)\ntracer.configure(logical_clock=True)\n")],
            "taster.py": [
                (
                    TASTER,
                    'tracer.configure(service="taster")\ntracer.configure(logical_clock=1 == 1)\n',
                )
            ],
        },
    ),
    web("nothing is evicted", [(ROOM, "MAX_KEPT = 1000\n")], "kept: gose, dunkel, bock"),
    web("room for one more", [(ROOM, "MAX_KEPT = 3\n")], "kept: gose, dunkel, bock"),
    web("the newest goes", [(OLDEST, "filled_by.popitem()")], "kept: gose"),
    web("a span and no eviction", [(CLEAR, "")], "kept: gose, dunkel, bock"),
    web(
        "evicted without a span",
        [(BODY, "    donutdb.evict(key)\n")],
        "one span `cache.evict` in the trace",
    ),
    web(
        "evicted in a thread that knows nobody",
        IN_BACKGROUND,
        "one span `cache.evict` in the trace",
    ),
    web(
        "no submitter",
        [(SPAN, '    with tracer.trace("cache.evict") as span:\n')],
        "0 links with `relation` = `submitter`",
    ),
    web(
        "the trigger as its own submitter",
        [("submitter=submitter", "submitter=tracer.current_context()")],
        "a link to its own trace",
    ),
    web("trigger and submitter exchanged", [(BODY, OTHER_WAY)], "It is the other way"),
    web(
        "whoever filled the entry after that",
        [(EVICT, "        evict(oldest[0], next(iter(filled_by.values())))\n")],
        "a link to another trace",
    ),
    web(
        "whoever filled an entry first",
        [(POP, ""), (FILL, "        filled_by.setdefault(key, tracer.current_context())\n")],
        "the request that filled it first",
    ),
    web("no clock in web", [(SETTINGS, "\n)\n")], "a logical clock in web"),
    taster(
        "no clock in the taster",
        [(TASTER, 'tracer.configure(service="taster")\n')],
        "a logical clock in taster",
    ),
    web("no history", [(SETTINGS, ", logical_clock=True, history=False\n)\n")], "`history=False`"),
    taster(
        "no history in the taster",
        [(TASTER, TASTER.replace(")", ", history=False)"))],
        "to have spans of web and of the taster",
    ),
]
