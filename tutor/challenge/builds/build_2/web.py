"""SPOILERS: build 2 of `./workshop challenge`. Play it before you read on.

A matchmaker that tries each taste three times, and so does all that it calls.
"""

from __future__ import annotations

from flask import Flask, Response, jsonify

from services import catalog_routes, dev_server, errors
from services.current_trace import tag
from services.dials import pause
from services.flavour import opinion
from tracer import TraceMiddleware, patch, tracer
from tutor.challenge.builds import sound

ATTEMPTS = 3
CANDIDATES = 4
LOOK_UP_MS = 8
UNANSWERED = ("earl grey", "caramel", "churro")
"""Donuts whose bakers don't answer the telephone."""

app = Flask(__name__)

tracer.configure(service="web")
TraceMiddleware(app, tracer)
patch(sqlalchemy=True, redis=True, requests=True)


@app.get("/pair/beer")
def pair() -> Response:
    """Find the donut that goes best with the beer in `?name=`."""
    beer = sound.asked_beer()
    donuts = sound.awake_donuts()
    expected = {donut.name: opinion(donut.name) for donut in donuts}
    tastings = {
        donut: taste(beer.name, donut)
        for donut in sound.candidates(beer, donuts, expected)[:CANDIDATES]
    }
    scores = {donut: score for donut, score in tastings.items() if score is not None}
    tag("donuts.untasted", len(tastings) - len(scores))
    return jsonify(beer=beer.name, donut=sound.best(scores) if scores else None)


def taste(beer: str, donut: str) -> float | None:
    """Ask the taster how well the two go together; None if it can't say."""
    for _ in range(ATTEMPTS):
        answer = sound.taster.get(
            f"{sound.TASTER_URL}/taste",
            params={"beer": beer, "donut": donut},
            timeout=sound.TIMEOUT_S,
        )
        if answer.ok:
            score: float = answer.json()["score"]
            return score
    return None


@app.get("/opinion")
def ask_baker() -> Response:
    """Answer with what the baker thinks of the donut in `?donut=`."""
    donut = errors.required("donut")
    pause(LOOK_UP_MS)
    if donut in UNANSWERED:
        errors.refuse(503, f"the baker of {donut} does not answer the telephone")
    return jsonify(donut=donut, opinion=opinion(donut))


catalog_routes.add_to(app)

if __name__ == "__main__":
    dev_server.run(app, "web", port=5000)
