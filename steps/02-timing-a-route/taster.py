"""The taster: it tastes a donut with a beer and says how well they go together, 0 to 100."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from services import common_routes, dev_server, flavour, taste_request
from services.dials import dials, pause
from services.palate import Palate

app = Flask(__name__)
palate = Palate()


@app.get("/taste")
def taste_one() -> Response:
    """Score the beer in `?beer=` with the donut in `?donut=`."""
    beer, donut = taste_request.one()
    with palate.hold():
        return jsonify(beer=beer, donut=donut, score=taste(beer, donut))


@app.post("/taste")
def taste_many() -> Response:
    """Score a beer with many donuts, given as JSON: `{"beer": "ipa", "donuts": ["glazed"]}`."""
    beer, donuts = taste_request.many()
    with palate.hold():
        return jsonify(beer=beer, scores={donut: taste(beer, donut) for donut in donuts})


@taste_request.dialled
def taste(beer: str, donut: str) -> float:
    """Take a bite, a sip, and a moment."""
    pause(dials.TASTE_MS)
    return flavour.score(beer, donut)


common_routes.add_to(app, "taster")  # what no lesson touches: /ping, /dials, answers to errors

if __name__ == "__main__":
    dev_server.run(app, "taster", port=5001)
