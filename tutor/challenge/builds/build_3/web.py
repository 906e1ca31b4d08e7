"""SPOILERS: build 3 of `./workshop challenge`. Play it before you read on.

A matchmaker that keeps a pairing under the beer's name alone, whatever the guest said
about sugar.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from services import catalog_routes, dev_server
from services.current_trace import tag
from services.donutdb import DonutDB
from services.flavour import SUGAR
from services.models import Beer
from tracer import TraceMiddleware, patch, tracer
from tutor.challenge.builds import sound

KEPT_S = 600
NO_LIMIT = 100

app = Flask(__name__)
donutdb = DonutDB()

tracer.configure(service="web")
TraceMiddleware(app, tracer)
patch(sqlalchemy=True, redis=True, requests=True)


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut for the beer in `?name=` that has no more sugar than `?sugar=`."""
    limit = request.args.get("sugar", NO_LIMIT, type=int)
    tag("sugar.limit", limit)
    beer = sound.asked_beer()
    donut = kept_pairing(beer, limit)["donut"]
    tag("donut.name", donut)
    tag("donut.sugar", SUGAR[donut])
    return jsonify(beer=beer.name, donut=donut, sugar=SUGAR[donut])


def kept_pairing(beer: Beer, limit: int) -> dict[str, Any]:
    """Return the pairing kept for a beer, or find it and keep it."""
    key = f"pairing:{beer.name}"
    kept: dict[str, Any] | None = donutdb.kept(key)
    tag("cache.hit", "true" if kept else "false")
    if kept:
        return kept
    pairing = {"donut": find(beer, limit)}
    donutdb.keep(key, pairing, KEPT_S)
    return pairing


def find(beer: Beer, limit: int) -> str:
    """Have the candidates tasted that the guest may eat."""
    donuts = [donut for donut in sound.awake_donuts() if donut.sugar <= limit]
    opinions = donutdb.opinions([donut.name for donut in donuts])
    return sound.best(sound.taste_all(beer.name, sound.candidates(beer, donuts, opinions)))


catalog_routes.add_to(app)

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
