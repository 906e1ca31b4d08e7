"""Other ways to solve lessons 12 and 13, and mistakes."""

from __future__ import annotations

from tests.course.variant import Variant

LOADING = """        query = select(Donut).options(joinedload(Donut.baker))
        donuts = [donut for donut in db.session.scalars(query) if donut.baker.awake]
"""
PLAIN_LOADING = """        everything = db.session.scalars(select(Donut))
        donuts = [donut for donut in everything if donut.baker.awake]
"""
A_JOIN_BY_HAND = """        pairs = db.session.execute(
            select(Donut, Baker).join(Baker, Donut.baker_id == Baker.id).where(Baker.awake)
        )
        donuts = [donut for donut, _ in pairs]
"""
MODELS = ("import Beer, Donut, db", "import Baker, Beer, Donut, db")

OPINIONS = "    opinions = donutdb.opinions([donut.name for donut in donuts])\n"
PIPELINE = """    names = [donut.name for donut in donuts]
    with donutdb._redis.pipeline(transaction=False) as asking:
        for name in names:
            asking.get(f"opinion:{name}")
        answers = asking.execute()
    opinions = {
        name: donutdb.opinion(name) if text is None else int(text)
        for name, text in zip(names, answers, strict=True)
    }
"""
ONE_BY_ONE = "    opinions = {donut.name: donutdb.opinion(donut.name) for donut in donuts}\n"
WINNING = "    return tasting.winner(beer, scores)\n"
KEPT_OPINIONS = """    for donut in donuts:
        if donut.name not in KNOWN:
            KNOWN.update(donutdb.opinions([donut.name for donut in donuts]))
    opinions = KNOWN
"""

ALL_AT_ONCE = "    tasted = taste_all(beer.name, [donut.name for donut in candidates])\n"
SESSION = "taster = requests.Session()  # keeps its connections\n"
NO_BATCH = "    tasted: dict[str, float] = {}\n"
TWO_BATCHES = """    names = [donut.name for donut in candidates]
    tasted = {**taste_all(beer.name, names[:6]), **taste_all(beer.name, names[6:])}
"""
KNOWN = ("donutdb = DonutDB()\n", "donutdb = DonutDB()\nKNOWN = {}\n")
PATCH = "patch(sqlalchemy=True, redis=True, requests=True)"
SHORTLIST = "    candidates = tasting.shortlist(beer, donuts, opinions)\n"
DIALS = """from services import dials as knobs

knobs.dials.BAKERS_JOINED = knobs.dials.OPINIONS_AT_ONCE = knobs.dials.TASTES_AT_ONCE = 1

app = Flask(__name__)
"""
STEP_11 = [
    (SESSION, ""),
    (LOADING, PLAIN_LOADING),
    (OPINIONS, ONE_BY_ONE),
    (ALL_AT_ONCE, NO_BATCH),
    ("taster.post(", "requests.post("),
    ("            answer = taster.get(", "            answer = requests.get("),
    ("def taste(beer", "@tasting.dialled\ndef taste(beer"),
]
"""Back from the checkpoint of lesson 12 to where lesson 12 begins."""

CARRIED = "patch(futures=True)\n"
POOLED = """        scores = bites.map(lambda donut: taste(beer, donut), donuts)
        return jsonify(beer=beer, scores=dict(zip(donuts, scores, strict=True)))
"""
COPIED = """        jobs = {
            donut: bites.submit(contextvars.copy_context().run, taste, beer, donut)
            for donut in donuts
        }
        return jsonify(beer=beer, scores={donut: job.result() for donut, job in jobs.items()})
"""
ONE_COPY = COPIED.replace(
    "        jobs", "        context = contextvars.copy_context()\n        jobs"
).replace("contextvars.copy_context().run", "context.run")
TASKS = """        async def all_of_them() -> list[float]:
            bites = (asyncio.to_thread(taste, beer, donut) for donut in donuts)
            return list(await asyncio.gather(*bites))

        scores = asyncio.run(all_of_them())
        return jsonify(beer=beer, scores=dict(zip(donuts, scores, strict=True)))
"""

ONE_AFTER_THE_OTHER = """        scores = {donut: taste(beer, donut) for donut in donuts}
        return jsonify(beer=beer, scores=scores)
"""
POOL_IN_WEB = """    with ThreadPoolExecutor(12) as pool:
        names = [donut.name for donut in candidates]
        scores = pool.map(lambda donut: taste(beer.name, donut), names)
        tasted = dict(zip(names, scores, strict=True))
"""


def imports(name: str) -> tuple[str, str]:
    """Return the replacement that imports a module of the standard library as well."""
    return "from flask import", f"import {name}\n\nfrom flask import"


def pooled(what: str, code: str, module: str, wrong: str = "") -> Variant:
    """Return a variant of lesson 13 that uses `code` in place of `map`, and no patch."""
    return Variant(13, what, {"taster.py": [(POOLED, code), (CARRIED, ""), imports(module)]}, wrong)


VARIANTS = [
    Variant(
        12,
        "selectinload, a pipeline, two batches without a Session",
        {
            "web.py": [
                ("import joinedload", "import selectinload"),
                ("options(joinedload", "options(selectinload"),
                (OPINIONS, PIPELINE),
                (ALL_AT_ONCE, TWO_BATCHES),
                (SESSION, "taster = requests\n"),
            ]
        },
    ),
    Variant(12, "a join by hand", {"web.py": [(LOADING, A_JOIN_BY_HAND), MODELS]}),
    Variant(12, "a Session alone", {"web.py": [(ALL_AT_ONCE, NO_BATCH)]}, "12 calls"),
    Variant(
        12,
        "opinions kept forever",
        {"web.py": [(OPINIONS, KEPT_OPINIONS), KNOWN]},
        "they change all day",
    ),
    Variant(
        12,
        "two candidates too few",
        {"web.py": [(SHORTLIST, SHORTLIST.replace("\n", "[2:]\n"))]},
        "one for each candidate",
    ),
    Variant(
        12,
        "the dials instead",
        {"web.py": [*STEP_11, ("app = Flask(__name__)\n", DIALS)]},
        "the fix belongs in the code",
    ),
    Variant(
        12,
        "slow for another reason",
        {"web.py": [(WINNING, "    import time\n\n    time.sleep(0.5)\n" + WINNING)]},
        "1.4 times as fast",
    ),
    pooled("the context copied by hand", COPIED, "contextvars"),
    pooled("tasks of asyncio, in threads", TASKS, "asyncio"),
    Variant(13, "the context lost", {"taster.py": [(CARRIED, "")]}, "begin traces of their own"),
    pooled("one copy of the context for all", ONE_COPY, "contextvars", "cannot enter context"),
    Variant(
        13,
        "in web, where it does not help",
        {
            "web.py": [
                ("import os\n", "import os\nfrom concurrent.futures import ThreadPoolExecutor\n"),
                (PATCH, PATCH.replace(")", ", futures=True)")),
                (ALL_AT_ONCE, POOL_IN_WEB),
            ],
            "taster.py": [(POOLED, ONE_AFTER_THE_OTHER)],
        },
        "1, one after the other",
    ),
]
