"""Other ways to solve lessons 2 to 4, and mistakes."""

from __future__ import annotations

from tests.course.variant import Variant
from tutor.course.lessons import Course

FILE_AND_SECONDS = """
import functools
import os
import time

PATH = os.path.join(os.environ["LOG_DIR"], "timing.log")


def timed(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        start = time.monotonic()
        try:
            return function(*args, **kwargs)
        finally:
            with open(PATH, "a") as log:
                print(f"function={function.__name__} seconds={time.monotonic() - start}", file=log)

    return inner
"""

HOOKS = """
import json, os, time
from flask import g, request


def install(app):
    @app.before_request
    def start():
        g.start = time.perf_counter()

    @app.teardown_request
    def stop(problem):
        line = {"view": request.endpoint, "duration_ms": 1e3 * (time.perf_counter() - g.start)}
        with open(os.environ["LOG_DIR"] + "/timing.log", "a") as log:
            log.write(json.dumps(line) + "\\n")
"""

WITHOUT_FINALLY = (
    """        try:
            return function(*args, **kwargs)
        finally:
            milliseconds = (perf_counter() - began) * 1000
            log.info("%s took %.1f ms", function.__name__, milliseconds)
""",
    """        result = function(*args, **kwargs)
        milliseconds = (perf_counter() - began) * 1000
        log.info("%s took %.1f ms", function.__name__, milliseconds)
        return result
""",
)

AS_A_CLASS = """

class stopwatch:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.start = perf_counter()

    def __exit__(self, *problem):
        log.info("operation %s took %.3f seconds", self.name, perf_counter() - self.start)


"""

TIMING = Course().step(3).checkpoint()["timing.py"]
GENERATOR = TIMING[TIMING.index("@contextmanager") : TIMING.index("def timed(")]

LOADING = """    with stopwatch("donuts.query"):
        donuts = [donut for donut in db.session.scalars(select(Donut)) if donut.baker.awake]
"""
MATCHING = """    with stopwatch("match"):
        return best_match(beer, donuts)
"""

NEW_ID = "secrets.token_hex(8)"
SENT = '                headers={"X-Request-ID": request_id()},\n'
NO_SERVICE = [("%(asctime)s {service} %(message)s", "%(asctime)s %(message)s")]
NAMED_TASTES = [
    ("@timed\n", ""),
    ("import timed", "import stopwatch"),
    (
        "    with palate.hold():\n        return jsonify(beer=beer, donut",
        '    with palate.hold(), stopwatch(f"{beer} with {donut}"):\n'
        "        return jsonify(beer=beer, donut",
    ),
]
KEPT = 'request.headers.get("X-Request-ID") or '


def other_id(what: str, code: str, wrong: str = "", imports: str = "secrets") -> Variant:
    """Return a variant of lesson 4 whose ids are made by `code`."""
    edits = [(NEW_ID, code), ("import secrets\n", f"import {imports}\n")]
    return Variant(4, what, {"timing.py": edits}, wrong)


VARIANTS = [
    Variant(2, "a file, key=value, seconds", {"timing.py": FILE_AND_SECONDS}),
    Variant(
        2,
        "hooks of the app instead of a decorator, JSON, milliseconds",
        {
            "timing.py": HOOKS,
            "web.py": [
                ("from timing import timed\n", "import timing\n"),
                ("@timed\n", ""),
                ("donutdb = DonutDB()\n", "donutdb = DonutDB()\ntiming.install(app)\n"),
            ],
        },
    ),
    Variant(2, "no line if it fails", {"timing.py": [WITHOUT_FINALLY]}, "answered with 404"),
    Variant(
        2,
        "the decorators the wrong way round",
        {"web.py": [('@app.get("/pair/beer")\n@timed\n', '@timed\n@app.get("/pair/beer")\n')]},
        "a line about `pair`",
    ),
    Variant(2, "seconds called ms", {"timing.py": [(" * 1000", "")]}, "is its unit right"),
    Variant(2, "no time at all", {"timing.py": [(" took %.1f ms", " is done%.0s")]}, "a time"),
    Variant(
        2,
        "to the terminal",
        {"timing.py": [('log.info("%s took %.1f ms", ', 'print("%s took %.1f ms", ')]},
        "a line about `pair`",
    ),
    Variant(
        2,
        "a decorator that loses the name, used twice",
        {
            "timing.py": [("    @wraps(function)\n", "")],
            "web.py": [
                ("def find_", '@app.get("/x")\n@timed\ndef x():\n    return ""\n\n\ndef find_')
            ],
        },
        "overwriting an existing endpoint function",
        starts=False,
    ),
    Variant(
        2,
        "another answer",
        {"web.py": [("tasting.winner(beer, scores)", '{"beer": beer.name, "match": None}')]},
        "the same answer to /pair/beer?name=ipa as in lesson 1",
    ),
    Variant(2, "not Python", {"web.py": [("@timed\n", "@timed(\n")]}, "valid Python", starts=False),
    Variant(
        3,
        "a class, seconds, other words",
        {
            "timing.py": [(GENERATOR, AS_A_CLASS)],
            "web.py": [('"beer.query"', '"beer query"')],
        },
    ),
    Variant(
        3,
        "a decorator where there is a function",
        {
            "web.py": [
                (MATCHING, "    return best_match(beer, donuts)\n"),
                ("def best_match", "@timed\ndef best_match"),
            ]
        },
    ),
    Variant(
        3,
        "the loop outside of the block",
        {
            "web.py": [
                (
                    LOADING,
                    '    with stopwatch("donuts.query"):\n'
                    "        found = db.session.scalars(select(Donut))\n"
                    "    donuts = [donut for donut in found if donut.baker.awake]\n",
                )
            ]
        },
        "even the loop over the donuts?",
    ),
    Variant(
        3,
        "one block in another",
        {
            "web.py": [
                (LOADING + MATCHING, LOADING + "    " + MATCHING.replace("\n    ", "\n        "))
            ]
        },
        "Is one block inside another?",
    ),
    Variant(3, "one part left out", {"web.py": [('"match"', '"rest"')]}, "how long `match` took"),
    Variant(
        4,
        "no service in the lines",
        {"timing.py": NO_SERVICE},
    ),
    Variant(
        4,
        "a line that says what was tasted",
        {"timing.py": NO_SERVICE, "taster.py": NAMED_TASTES},
    ),
    Variant(
        4,
        "a line that says what was tasted, with another id",
        {"web.py": [(SENT, "")], "timing.py": NO_SERVICE, "taster.py": NAMED_TASTES},
        "web must send it along",
    ),
    other_id("a UUID, random", "str(uuid.uuid4())", imports="uuid"),
    other_id("a decimal number", "str(secrets.randbits(64))"),
    other_id("letters", "secrets.token_urlsafe(8)"),
    other_id("a UUID, of the clock", "str(uuid.uuid1().int >> 64)", "clock", "uuid"),
    other_id("the clock", 'f"{time.time_ns():016x}"', "clock", "time"),
    other_id("a counter", 'f"{next(ids):016x}"', "clock", "itertools\n\nids = itertools.count(1)"),
    other_id("too few bits", "secrets.token_hex(4)", "of 64 random bits"),
    Variant(
        4,
        "one id for all",
        {"timing.py": [(NEW_ID, "THE_ID"), ("log = ", f"THE_ID = {NEW_ID}\nlog = ")]},
        "no other request's",
    ),
    Variant(
        4,
        "a new id for each line",
        {"timing.py": [("request_id(), name, milli", f"{NEW_ID}, name, milli")]},
        "the id it was sent",
    ),
    Variant(4, "ignores what is sent", {"timing.py": [(KEPT, "")]}, "the taster to write the id"),
    Variant(4, "does not send it on", {"web.py": [(SENT, "")]}, "web must send it along"),
    Variant(
        4,
        "sends it under another name",
        {"web.py": [("X-Request-ID", "X-Correlation-ID")]},
        "web must send it along",
    ),
    Variant(
        4, "a taster without lines", {"taster.py": [("@timed\n", "")]}, "a line from the taster"
    ),
]
