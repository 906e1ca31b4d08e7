"""SPOILERS: build 2 of `./workshop challenge`. Play it before you read on.

A taster that asks three times, through a library that asks three times.
"""

from __future__ import annotations

import os

import requests
from flask import Flask, Response, jsonify
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from services import common_routes, errors, flavour, taste_request, waitress_server
from services.dials import pause
from tracer import TraceMiddleware, patch, tracer

WEB_URL = os.environ.get("WEB_URL") or "http://127.0.0.1:5000"
ATTEMPTS = 3
BITE_MS = 25
TIMEOUT_S = 20

app = Flask(__name__)
bakers = requests.Session()
bakers.mount(
    "http://",
    HTTPAdapter(
        max_retries=Retry(2, status_forcelist=[503], backoff_factor=0, raise_on_status=False)
    ),
)

tracer.configure(service="taster")
TraceMiddleware(app, tracer)
patch(requests=True)


@app.get("/taste")
def taste_one() -> Response:
    """Score the beer in `?beer=` with the donut in `?donut=`, with the baker's blessing."""
    beer, donut = taste_request.one()
    if not has_opinion(donut):
        errors.refuse(503, f"nobody knows what the baker thinks of {donut}")
    with tracer.trace("palate.taste") as span:
        span.set_tags({"beer": beer, "donut": donut})
        pause(BITE_MS)
        return jsonify(beer=beer, donut=donut, score=flavour.score(beer, donut))


def has_opinion(donut: str) -> bool:
    """Return whether the baker of a donut has said what they think of it."""
    for _ in range(ATTEMPTS):
        if bakers.get(f"{WEB_URL}/opinion", params={"donut": donut}, timeout=TIMEOUT_S).ok:
            return True
    return False


common_routes.add_to(app, "taster")

if __name__ == "__main__":
    waitress_server.run(app, "taster", port=5001, threads=32)
