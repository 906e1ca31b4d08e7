"""A Flask app of which X-Ray's SDK keeps as many requests as the collector tells it to; prints how
many it was asked, and how many of them it has kept.

Run by test_sampled_weights.py with the Python of the environment `opentracing`. Its arguments are
the ports for datagrams and for HTTP.
"""

from __future__ import annotations

import json
import sys
import time

from aws_xray_sdk.core import xray_recorder as recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

UDP_PORT, TCP_PORT = int(sys.argv[1]), int(sys.argv[2])
SERVICE = "told-by-rules"
HEADER = "X-Amzn-Trace-Id"
REQUESTS = 400
WAIT_S = 20.0


def main() -> None:
    """Ask for two paths, once the rules are known."""
    address = f"tcp:127.0.0.1:{TCP_PORT} udp:127.0.0.1:{UDP_PORT}"
    recorder.configure(service=SERVICE, daemon_address=address)
    app = Flask(__name__)
    XRayMiddleware(app, recorder)
    app.add_url_rule("/<path>", view_func=lambda path: path)
    recorder.sampler.start()
    deadline = time.monotonic() + WAIT_S
    while not recorder.sampler._cache.rules:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    json.dump([ask(app, "beer", 0.3), ask(app, "health", 0.0)], sys.stdout)


def ask(app: Flask, path: str, rate: float) -> dict[str, object]:
    """Ask for a path again and again; return what became of it."""
    client = app.test_client()
    wondering = {HEADER: "Sampled=?"}  # so that the answer says what was decided
    answers = [client.get(f"/{path}", headers=wondering) for _ in range(REQUESTS)]
    kept = sum("Sampled=1" in answer.headers[HEADER] for answer in answers)
    return {"service": SERVICE, "path": path, "rate": rate, "begun": REQUESTS, "kept": kept}


main()
