"""Other ways to solve lessons 14 to 16, and mistakes."""

from __future__ import annotations

from tests.course.variant import Variant

KEEPING = "        donutdb.keep(key, pairing, KEPT_S * random.uniform(0.9, 1.1))\n"
LOOK_AGAIN = """    if kept := donutdb.kept(key):
        tag("cache.hit", "true")
        return kept
"""
HIT = '    tag("cache.hit", "true" if kept else "false")\n'
FLIGHT = "    return kept or finding.do(name, lambda: find_and_keep(name))\n"
NO_FLIGHT = "    return kept or find_and_keep(name)\n"
LOOKUP = '    kept = donutdb.kept(f"pairing:{name}")\n'
MADE = "finding = SingleFlight[dict[str, Any]]()\n"

LOCKED = """    if kept:
        return kept
    with LOCKS[name]:
        return find_and_keep(name)
"""
LOCKS = """LOCKS: dict[str, threading.Lock] = defaultdict(threading.Lock)
"""
LOCK_IMPORTS = (
    "import random\n",
    "import random\nimport threading\nfrom collections import defaultdict\n",
)

OWN_CLIENT = """store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
"""
OWN_LOOKUP = """    kept = json.loads(store.get(f"v1/pairing/{name}") or "null")
"""
OWN_LOOK_AGAIN = """    if kept := json.loads(store.get(f"v1/pairing/{name}") or "null"):
        return kept
"""
OWN_KEEPING = """        seconds = random.randint(50, 70)
        store.setex(f"v1/pairing/{name}", seconds, json.dumps(pairing))
"""
A_LOCK_IN_REDIS = """    while not kept and not store.set(f"lock/{name}", "mine", nx=True, px=5000):
        time.sleep(0.01)
        kept = json.loads(store.get(f"v1/pairing/{name}") or "null")
    try:
        return kept or find_and_keep(name)
    finally:
        store.delete(f"lock/{name}")
"""
OWN_IMPORTS = ("import os\nimport random\n", "import json\nimport os\nimport random\nimport time\n")

IN_MEMORY = (
    "def kept_pairing(name",
    "@functools.cache\ndef kept_pairing(name",
)
DIALS = """from services import dials as knobs

knobs.dials.PAIRING_CACHE_S = 60
knobs.dials.SINGLE_FLIGHT = 1

app = Flask(__name__)
"""


def web(what: str, *edits: tuple[str, str], wrong: str = "") -> Variant:
    """Return a variant of lesson 14's web.py."""
    return Variant(14, what, {"web.py": edits}, wrong)


VARIANTS = [
    web(
        "a lock for each beer, and whole seconds",
        (MADE, LOCKS),
        (FLIGHT, LOCKED),
        (KEEPING, "        donutdb.keep(key, pairing, random.randint(40, 60))\n"),
        LOCK_IMPORTS,
    ),
    web(
        "a client and keys of their own, and a lock in Redis",
        (MADE, OWN_CLIENT),
        (LOOKUP, OWN_LOOKUP),
        (LOOK_AGAIN, OWN_LOOK_AGAIN),
        ('    key = f"pairing:{name}"\n', ""),
        (KEEPING, OWN_KEEPING),
        (FLIGHT, A_LOCK_IN_REDIS),
        ("import requests\n", "import redis\nimport requests\n"),
        OWN_IMPORTS,
    ),
    web(
        "kept in the process",
        IN_MEMORY,
        (KEEPING, "        pass\n"),
        ("import os\n", "import functools\nimport os\n"),
        wrong="such as `pairing:stout`",
    ),
    web(
        "forever",
        (KEEPING, "        donutdb._redis.set(key, json.dumps(pairing))\n"),
        ("import os\n", "import json\nimport os\n"),
        wrong="kept forever",
    ),
    web(
        "all for the same time",
        (KEEPING, "        donutdb.keep(key, pairing, KEPT_S)\n"),
        wrong="jitter",
    ),
    web("a stampede", (FLIGHT, NO_FLIGHT), wrong="a stampede"),
    web("misses called hits", (HIT, '    tag("cache.hit", "true")\n'), wrong="cache.hit: false"),
    web(
        "one key for all beers",
        (LOOKUP, '    kept = donutdb.kept("pairing:stout")\n'),
        ('    key = f"pairing:{name}"\n', '    key = "pairing:stout"\n'),
        wrong="404 from",
    ),
    web(
        "the dials instead",
        ("kept_pairing(name)\n    tag(", "donutdb.pairing(name, find_pairing)\n    tag("),
        ("app = Flask(__name__)\n", DIALS),
        wrong="the fix belongs in the code",
    ),
]

CLOSING = "    db.session.close()  # while these are tasted, somebody else can use the connection\n"
TRYING = """            pause = PAUSE_S * 2**attempt * random.uniform(1, 1.5)
            if time.monotonic() + pause + TRY_S > deadline:
                break
            time.sleep(pause)
            continue
"""
SERVING = '    waitress_server.run(app, "taster", port=5001, threads=32)\n'
WAITRESS = """    import waitress

    waitress.serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=24)
"""
POOLED = """    scores = bites.map(lambda donut: taste(beer, donut), donuts)
    return jsonify(beer=beer, scores=dict(zip(donuts, scores, strict=True)))
"""
A_POOL_EACH = """    with ThreadPoolExecutor(12) as bites:
        scores = list(bites.map(lambda donut: taste(beer, donut), donuts))
    return jsonify(beer=beer, scores=dict(zip(donuts, scores, strict=True)))
"""
BEHIND_A_LOCK = """    with palate.hold():
        scores = bites.map(lambda donut: taste(beer, donut), donuts)
        return jsonify(beer=beer, scores=dict(zip(donuts, scores, strict=True)))
"""
SHORTLIST = "    candidates = tasting.shortlist(beer, donuts, opinions)\n"
NO_FROZEN = '    candidates = [donut for donut in candidates if donut.name != "baked alaska"]\n'
PALATES = """app = Flask(__name__)
dials.PALATES = 12
"""

VARIANTS += [
    Variant(
        15,
        "waitress itself, a pool for each request, a single attempt",
        {
            "web.py": [
                (CLOSING, "    db.session.remove()\n"),
                (TRYING, "            return None\n"),
                ("TRY_S, PAUSE_S, DEADLINE_S = 0.15, 0.05, 0.5", "TRY_S, DEADLINE_S = 0.5, 0.5"),
            ],
            "taster.py": [
                (SERVING, WAITRESS),
                (POOLED, A_POOL_EACH),
                ("bites = ThreadPoolExecutor(max_workers=96)\n", ""),
                ("from concurrent", "import os\nfrom concurrent"),
                (", taste_request, waitress_server", ", taste_request"),
            ],
        },
    ),
    Variant(15, "the connection held", {"web.py": [(CLOSING, "")]}, "3 at most"),
    Variant(
        15,
        "the lock kept",
        {
            "taster.py": [
                (POOLED, BEHIND_A_LOCK),
                ("app = Flask(__name__)\n", "app = Flask(__name__)\npalate = Palate()\n"),
                ("from tracer", "from services.palate import Palate\nfrom tracer"),
            ]
        },
        "12 at most; look at palate.wait",
    ),
    Variant(
        15,
        "retries without a pause",
        {"web.py": [(TRYING, "            continue\n")]},
        "a pause before each new attempt",
    ),
    Variant(
        15,
        "never even trying the frozen one",
        {"web.py": [(SHORTLIST, SHORTLIST + NO_FROZEN)]},
        "among the untasted",
    ),
    Variant(
        15,
        "the dials instead",
        {"taster.py": [("app = Flask(__name__)\n", PALATES)]},
        "the fix belongs in the code",
    ),
]

NEWEST = 'newest = Index("review_by_beer", Review.beer_id, Review.day.desc(), Review.id.desc())\n'
MAKING = "    newest.create(db.engine, checkfirst=True)\n"
RAW = """    with db.engine.begin() as connection:
        columns = "beer_id, day, id"
        connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS by_beer ON review ({columns})")
"""
FLUSHED = "        yield gzip.compress(part) + gzip.flush(zlib.Z_SYNC_FLUSH)\n"
PARTS = "    parts = as_json(menu_pages.pages(beers, catalog_routes.names(Donut)))\n"
ACCEPTS = '    if request.accept_encodings.quality("gzip"):\n'
SLICE = "        beers = beers[(page - 1) * BEERS_PER_PAGE : page * BEERS_PER_PAGE]\n"

VARIANTS += [
    Variant(
        16,
        "SQL by hand, larger pages, within the request's context",
        {
            "web.py": [
                (NEWEST, ""),
                (MAKING, RAW),
                ("BEERS_PER_PAGE = 5\n", "BEERS_PER_PAGE = 12\n"),
                ("    return Response(parts,", "    return Response(stream_with_context(parts),"),
                ("jsonify, request\n", "jsonify, request, stream_with_context\n"),
                ("import Index, select", "import select"),
                ("Donut, Review, db", "Donut, db"),
            ]
        },
    ),
    Variant(
        16,
        "an index that helps nobody",
        {"web.py": [(NEWEST, 'newest = Index("review_by_beer", Review.stars)\n')]},
        "found by an index",
    ),
    Variant(
        16,
        "made first, then sent",
        {"web.py": [(PARTS, PARTS + '    parts = iter([b"".join(parts)])\n')]},
        "begin before it ends",
    ),
    Variant(
        16,
        "a compressor that keeps it to the end",
        {"web.py": [(FLUSHED, "        yield gzip.compress(part)\n")]},
        "does the compressor hold it all back",
    ),
    Variant(
        16,
        "compressed for everybody",
        {"web.py": [(ACCEPTS, "    if True:\n")]},
        "and only for them",
    ),
    Variant(
        16,
        "a page that lacks a beer",
        {"web.py": [(SLICE, SLICE.replace(" :", " + 1 :"))]},
        "page=7",
    ),
]
