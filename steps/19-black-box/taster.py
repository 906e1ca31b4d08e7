"""The taster: it tastes a donut with a beer and says how well they go together, 0 to 100."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, Response, jsonify

from services import common_routes, flavour, taste_request, waitress_server
from services.dials import dials, pause
from timing import log_requests
from tracer import TraceMiddleware, patch, tracer

app = Flask(__name__)
bites = ThreadPoolExecutor(max_workers=96)

tracer.configure(service="taster", logical_clock=True)
TraceMiddleware(app, tracer)
log_requests(app)
patch(futures=True)


@app.get("/taste")
def taste_one() -> Response:
    """Score the beer in `?beer=` with the donut in `?donut=`."""
    beer, donut = taste_request.one()
    return jsonify(beer=beer, donut=donut, score=taste(beer, donut))


@app.post("/taste")
def taste_many() -> Response:
    """Score a beer with many donuts, given as JSON: `{"beer": "ipa", "donuts": ["glazed"]}`."""
    beer, donuts = taste_request.many()
    scores = bites.map(lambda donut: taste(beer, donut), donuts)
    return jsonify(beer=beer, scores=dict(zip(donuts, scores, strict=True)))


@taste_request.dialled
def taste(beer: str, donut: str) -> float:
    """Take a bite, a sip, and a moment."""
    with tracer.trace("palate.taste") as span:
        span.set_tag("donut", donut)
        pause(dials.TASTE_MS)
        return flavour.score(beer, donut)


common_routes.add_to(app, "taster")  # what no lesson touches: /ping, /dials, answers to errors

if __name__ == "__main__":
    waitress_server.run(app, "taster", port=5001, threads=32)
