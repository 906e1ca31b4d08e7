"""The matchmaker: tell it your beer, and it finds the donut that goes with it."""

from __future__ import annotations

import os
from typing import Any

import requests
from flask import Flask, Response, jsonify
from sqlalchemy import select

from services import catalog_routes, dev_server, errors, tasting
from services.dials import dials
from services.donutdb import DonutDB
from services.models import Beer, Donut, db
from tracer import TraceMiddleware, patch, tracer

TASTER_URL = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"

app = Flask(__name__)
donutdb = DonutDB()

tracer.configure(service="web")
TraceMiddleware(app, tracer)
patch(sqlalchemy=True, redis=True, requests=True)


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut that goes best with the beer in `?name=`."""
    name = errors.required("name")
    tag("beer.name", name)
    pairing = donutdb.pairing(name, find_pairing)
    tag("donut.name", pairing["match"]["donut"])
    return jsonify(pairing)


def find_pairing(name: str) -> dict[str, Any]:
    """Find the best donut for a beer, from scratch."""
    with tracer.trace("beer.query", service="db"):
        beer = db.session.scalar(select(Beer).filter_by(name=name))
    if beer is None:
        errors.unknown("beer", name, catalog_routes.names(Beer))
    tag("beer.hops", beer.hops)
    with tracer.trace("donuts.query", service="db") as span:
        donuts = [donut for donut in db.session.scalars(select(Donut)) if donut.baker.awake]
        span.set_tag("donuts.awake", len(donuts))
    with tracer.trace("match"):
        return best_match(beer, donuts)


def best_match(beer: Beer, donuts: list[Donut]) -> dict[str, Any]:
    """Have the most promising donuts tasted, one after another; the best one wins."""
    opinions = {donut.name: donutdb.opinion(donut.name) for donut in donuts}
    candidates = tasting.shortlist(beer, donuts, opinions)
    scores = {donut: taste(beer.name, donut.name) for donut in candidates}
    return tasting.winner(beer, scores)


@tasting.dialled
def taste(beer: str, donut: str) -> float | None:
    """Ask the taster how well the two go together; None if it never answers in time."""
    for _ in range(dials.ATTEMPTS):
        try:
            answer = requests.get(
                f"{TASTER_URL}/taste",
                params={"beer": beer, "donut": donut},
                timeout=dials.TASTE_TIMEOUT_S,
            )
        except requests.Timeout:
            continue
        answer.raise_for_status()
        return answer.json()["score"]
    return None


def tag(key: str, value: str | float) -> None:
    """Note something on the current span, if there is one."""
    if span := tracer.current_span():
        span.set_tag(key, value)


catalog_routes.add_to(app)  # the routes that no lesson touches, and the database

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
