"""SPOILERS: build 5 of `./workshop challenge`. Play it before you read on.

The matchmaker before a taster that mixes up its guests. Nothing is wrong here.
"""

from __future__ import annotations

from flask import Flask, Response, jsonify

from services import catalog_routes, dev_server
from services.current_trace import tag
from services.donutdb import DonutDB
from tracer import TraceMiddleware, patch, tracer
from tutor.challenge.builds import sound

app = Flask(__name__)
donutdb = DonutDB()

tracer.configure(service="web")
TraceMiddleware(app, tracer)
patch(sqlalchemy=True, redis=True, requests=True)


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut that goes best with the beer in `?name=`."""
    beer = sound.asked_beer()
    donuts = sound.awake_donuts()
    opinions = donutdb.opinions([donut.name for donut in donuts])
    scores = sound.taste_all(beer.name, sound.candidates(beer, donuts, opinions))
    donut = sound.best(scores)
    tag("donut.score", scores[donut])
    return jsonify(beer=beer.name, donut=donut, score=scores[donut])


catalog_routes.add_to(app)

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
