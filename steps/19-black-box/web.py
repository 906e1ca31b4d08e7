"""The matchmaker: tell it your beer, and it finds the donut that goes with it."""

from __future__ import annotations

import json
import os
import random
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any

import requests
from flask import Flask, Response, jsonify, request
from sqlalchemy import Index, select
from sqlalchemy.orm import joinedload

from services import catalog_routes, dev_server, errors, menu_pages, tasting
from services.dials import dials
from services.donutdb import DonutDB
from services.models import Beer, Donut, Review, db
from services.singleflight import SingleFlight
from timing import log_requests, request_id
from tracer import Context, TraceMiddleware, patch, tracer

TASTER_URL = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"
KEPT_S = 60
MAX_KEPT = 2
TRY_S, PAUSE_S, DEADLINE_S = 0.15, 0.05, 0.5
BEERS_PER_PAGE = 5
GZIP_WBITS = 31  # what tells zlib to write gzip

app = Flask(__name__)
donutdb = DonutDB()
finding = SingleFlight[dict[str, Any]]()
filled_by = OrderedDict[str, Context | None]()  # who filled which entry, the oldest first
filling = Lock()
taster = requests.Session()  # keeps its connections
newest = Index("review_by_beer", Review.beer_id, Review.day.desc(), Review.id.desc())

tracer.configure(service="web", logical_clock=True)
TraceMiddleware(app, tracer)
log_requests(app)
patch(sqlalchemy=True, redis=True, requests=True)


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut that goes best with the beer in `?name=`."""
    name = errors.required("name")
    tag("beer.name", name)
    pairing = kept_pairing(name)
    tag("donut.name", pairing["match"]["donut"])
    return jsonify(pairing)


def kept_pairing(name: str) -> dict[str, Any]:
    """Return the pairing kept for a beer; if there is none, one request finds it for all."""
    kept = donutdb.kept(f"pairing:{name}")
    tag("cache.hit", "true" if kept else "false")
    return kept or finding.do(name, lambda: find_and_keep(name))


def find_and_keep(name: str) -> dict[str, Any]:
    """Find the pairing for a beer, unless somebody just has, and keep it for about a minute."""
    key = f"pairing:{name}"
    if kept := donutdb.kept(key):
        tag("cache.hit", "true")
        return kept
    pairing = find_pairing(name)
    if not pairing["untasted"]:
        keep(key, pairing)
    return pairing


def keep(key: str, pairing: dict[str, Any]) -> None:
    """Keep a pairing for about a minute. If there is no room for it, the oldest one has to go."""
    donutdb.keep(key, pairing, KEPT_S * random.uniform(0.9, 1.1))
    with filling:
        filled_by.pop(key, None)
        filled_by[key] = tracer.current_context()
        oldest = filled_by.popitem(last=False) if len(filled_by) > MAX_KEPT else None
    if oldest:
        evict(*oldest)


def evict(key: str, submitter: Context | None) -> None:
    """Clear a pairing away: for this request, which needs the room, and for whoever filled it."""
    with tracer.trace("cache.evict", submitter=submitter) as span:
        span.set_tag("cache.key", key)
        donutdb.evict(key)


def find_pairing(name: str) -> dict[str, Any]:
    """Find the best donut for a beer, from scratch."""
    with tracer.trace("beer.query", service="db"):
        beer = db.session.scalar(select(Beer).filter_by(name=name))
    if beer is None:
        errors.unknown("beer", name, catalog_routes.names(Beer))
    tag("beer.hops", beer.hops)
    with tracer.trace("donuts.query", service="db") as span:
        query = select(Donut).options(joinedload(Donut.baker))
        donuts = [donut for donut in db.session.scalars(query) if donut.baker.awake]
        span.set_tag("donuts.awake", len(donuts))
    with tracer.trace("match"):
        return best_match(beer, donuts)


def best_match(beer: Beer, donuts: list[Donut]) -> dict[str, Any]:
    """Have the most promising donuts tasted, all in one call; the best one wins."""
    opinions = donutdb.opinions([donut.name for donut in donuts])
    candidates = tasting.shortlist(beer, donuts, opinions)
    db.session.close()  # while these are tasted, somebody else can use the connection
    tasted = taste_all(beer.name, [donut.name for donut in candidates])
    scores = {
        donut: tasted[donut.name] if donut.name in tasted else taste(beer.name, donut.name)
        for donut in candidates
    }
    return tasting.winner(beer, scores)


def taste_all(beer: str, donuts: list[str]) -> dict[str, float]:
    """Ask the taster about all of them in one call. It leaves out what is still frozen."""
    answer = taster.post(
        f"{TASTER_URL}/taste",
        json={"beer": beer, "donuts": donuts},
        headers={"X-Request-ID": request_id()},
        timeout=dials.TASTE_TIMEOUT_S * len(donuts),
    )
    answer.raise_for_status()
    return answer.json()["scores"]


def taste(beer: str, donut: str) -> float | None:
    """Ask the taster how well the two go together; None if it does not answer by the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    for attempt in range(dials.ATTEMPTS):
        try:
            answer = taster.get(
                f"{TASTER_URL}/taste",
                params={"beer": beer, "donut": donut},
                headers={"X-Request-ID": request_id()},
                timeout=TRY_S,
            )
        except requests.Timeout:
            pause = PAUSE_S * 2**attempt * random.uniform(1, 1.5)
            if time.monotonic() + pause + TRY_S > deadline:
                break
            time.sleep(pause)
            continue
        answer.raise_for_status()
        return answer.json()["score"]
    return None


@app.get("/menu")
def menu() -> Response:
    """Serve every beer with every donut; with `?page=2`, only the second five beers."""
    beers, headers = catalog_routes.names(Beer), {"Vary": "Accept-Encoding"}
    page = request.args.get("page", 0, type=int)
    if page > 0:
        if page * BEERS_PER_PAGE < len(beers):
            headers["Link"] = f'</menu?page={page + 1}>; rel="next"'
        beers = beers[(page - 1) * BEERS_PER_PAGE : page * BEERS_PER_PAGE]
    parts = as_json(menu_pages.pages(beers, catalog_routes.names(Donut)))
    if request.accept_encodings.quality("gzip"):
        parts, headers["Content-Encoding"] = zipped(parts), "gzip"
    return Response(parts, content_type="application/json", headers=headers)


def as_json(pages: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the pages as one JSON text, one part for each page, as soon as it is ready."""
    yield b'{"menu":['
    between = ""
    for page in pages:
        yield (between + json.dumps(page)).encode()
        between = ","
    yield b"]}\n"


def zipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Compress the parts, so that each can be read before the next one is ready."""
    gzip = zlib.compressobj(wbits=GZIP_WBITS)
    for part in parts:
        yield gzip.compress(part) + gzip.flush(zlib.Z_SYNC_FLUSH)
    yield gzip.flush()


def tag(key: str, value: str | float) -> None:
    """Note something on the current span, if there is one."""
    if span := tracer.current_span():
        span.set_tag(key, value)


catalog_routes.add_to(app)  # the routes that no lesson touches, and the database

with app.app_context():
    newest.create(db.engine, checkfirst=True)

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
