"""Other ways to solve lesson 19, and mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.course.variant import Replacement, Variant

RULES = """only web may call taster
only web may call db, redis
only taster may run palate.*
"""
IN_OTHER_WORDS = """# learned, and then read
only outside, locust may call web
only web may call taster, db, redis    # all three
never web, locust runs palate.taste
only taster may run "palate.taste"
"""

FORMAT = 'f"%(asctime)s {service} %(message)s"'
LINE = 'log.info("%s %s took %.1f ms", request_id(), what, milliseconds)'
WHAT = '            what = f"{request.method} {request.path}"\n'
BEGIN = "        g.began = perf_counter()\n"
TAG = 'current_trace.tag("request.id", request_id())'
ID = 'request.headers.get("X-Request-ID") or secrets.token_hex(8)'
SENT_BY_BATCH = '        headers={"X-Request-ID": request_id()},\n        timeout=dials'
LOGGED = "log_requests(app)\n"
FIRST_IMPORT = "from time import perf_counter\n"
TIME = "from datetime import datetime, timezone\nfrom time import perf_counter\n"
OWN_MOMENT = """        g.began = perf_counter()
        g.moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
"""
ONE_EARLY = """        g.began = perf_counter()
        early = 1 if request.args.get("name") == "pale ale" else 0
        g.moment = datetime.fromtimestamp(time() - early, timezone.utc).isoformat()
"""
REQUEST_LOG = (
    'log.info("%s %s %.3f ms %s %s id=%s", g.moment, service, milliseconds, what,'
    " response.status_code, request_id())"
)
AT_THE_START = (
    'log.info("%s %s %s %s took %.1f ms", g.moment, service, request_id(), what, milliseconds)'
)

DECORATED = '''"""A stopwatch for routes, in seconds."""

import logging
import secrets
import time
from functools import wraps
from pathlib import Path

from flask import g, request

from services import current_trace

FILE = Path(__file__).with_name("timing.log")


def request_id():
    if not hasattr(g, "id"):
        g.id = request.headers.get("X-Request-ID", secrets.token_urlsafe(8))
        current_trace.tag("request.id", g.id)
    return g.id


def timed(service):
    def decorate(view):
        @wraps(view)
        def wrapper(*args, **kwargs):
            request_id()
            began = time.monotonic()
            try:
                return view(*args, **kwargs)
            finally:
                took = time.monotonic() - began
                now = time.time()
                moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
                line = f"{moment},{int(now % 1 * 1000):03} {service} {g.id}"
                with FILE.open("a") as file:
                    file.write(f"{line} {request.method} {request.path} took {took:.6f} s\\n")

        return wrapper

    return decorate
'''
WEB_DECORATED = [
    ("import log_requests, request_id", "import request_id, timed"),
    (LOGGED, ""),
    ('@app.get("/pair/beer")\n', '@app.get("/pair/beer")\n@timed("web")\n'),
]
TASTER_DECORATED = [
    ("import log_requests", "import timed"),
    (LOGGED, ""),
    ('@app.get("/taste")\n', '@app.get("/taste")\n@timed("taster")\n'),
    ('@app.post("/taste")\n', '@app.post("/taste")\n@timed("taster")\n'),
]


def log(
    what: str,
    edits: Sequence[Replacement] = (),
    wrong: str = "",
    others: Mapping[str, Sequence[Replacement] | str] | None = None,
) -> Variant:
    """Return a variant of how the log is written."""
    files: dict[str, Sequence[Replacement] | str] = {"audit.rules": RULES, **(others or {})}
    return Variant(19, what, {"timing.py": edits, **files}, wrong)


def rules(what: str, text: str, wrong: str = "") -> Variant:
    """Return a variant of the rules."""
    return Variant(19, what, {"audit.rules": text}, wrong)


VARIANTS = [
    log("as it is"),
    Variant(
        19,
        "each route decorated, in seconds, an id of letters",
        {
            "timing.py": DECORATED,
            "web.py": WEB_DECORATED,
            "taster.py": TASTER_DECORATED,
            "audit.rules": RULES,
        },
    ),
    log(
        "in the form of the app's own request log",
        [(FORMAT, '"%(message)s"'), (LINE, REQUEST_LOG), (BEGIN, OWN_MOMENT), (FIRST_IMPORT, TIME)],
    ),
    rules("rules in other words, with a comment", IN_OTHER_WORDS),
    log("no tag on the span", [(TAG, "pass")], "the tag `request.id`"),
    log(
        "the taster forgotten",
        wrong="the tag `request.id` on the span of a request to taster",
        others={"taster.py": [(LOGGED, "")]},
    ),
    log("an id that comes is not kept", [(ID, "secrets.token_hex(8)")], "to keep it"),
    log(
        "one id for all",
        [(ID, 'request.headers.get("X-Request-ID") or "1"')],
        "an id of its own for each request",
    ),
    log(
        "the id is not sent along",
        wrong="the taster to be asked with the id of the pairing",
        others={"web.py": [(SENT_BY_BATCH, "        timeout=dials")]},
    ),
    log(
        "another id in the log",
        [(LINE, LINE.replace("request_id()", "secrets.token_hex(8)"))],
        "a line of web with the id",
    ),
    log("seconds called milliseconds", [(" * 1000", "")], "say how long a request took"),
    log(
        "the moment of the start",
        [
            (FORMAT, '"%(message)s"'),
            (LINE, AT_THE_START),
            (BEGIN, OWN_MOMENT),
            (FIRST_IMPORT, TIME),
        ],
        "the moment at which the request ended",
    ),
    log(
        "one moment is a second early",
        [
            (FORMAT, '"%(message)s"'),
            (LINE, REQUEST_LOG),
            (BEGIN, ONE_EARLY),
            (FIRST_IMPORT, TIME.replace("perf_counter", "perf_counter, time")),
        ],
        "one that is 1 s away from it",
    ),
    log(
        "functions, not requests",
        [(WHAT, "            what = request.endpoint\n")],
        "by method and path",
    ),
    log(
        "lines that nobody can read",
        [(FORMAT, "f\"{{'at': '%(asctime)s', '{service}': '%(message)s'}}\"")],
        "that `./workshop infer` can read",
    ),
    Variant(19, "no rules", wrong="no such file"),
    rules("rules that can't be read", "taster only for web\n", "rules that can be read"),
    rules("everything is allowed", "web may call taster\n", "menu-printer"),
    rules(
        "only those who are known are forbidden",
        "never menu-printer, outside calls taster\nonly taster may run palate.*\n",
        "night-baker",
    ),
    rules("the palate forgotten", "only web may call taster\n", "web runs palate.taste"),
    rules(
        "the database forbidden to web",
        f"{RULES}never web calls db\n",
        "“never web calls db” is broken: web called db",
    ),
]
