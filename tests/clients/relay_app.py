"""A Flask app with no tracing in it, which asks the next service, if there is one, and answers.

Run by relays.py under `opentelemetry-instrument`, `ddtrace-run` and `tracer-run`, each
with the Python of its environment.
"""

from __future__ import annotations

import os

import requests
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

WAIT_S = 20
NEXT_URL = os.environ.get("NEXT_URL", "")

app = Flask(__name__)


class QuietHandler(WSGIRequestHandler):
    """Answers without a line in the log for each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@app.get("/pair/<kind>")
def pair(kind: str) -> str:
    """Return the way that the question took."""
    if not NEXT_URL:
        return kind
    answer = requests.get(f"{NEXT_URL}/pair/{kind}", timeout=WAIT_S)
    answer.raise_for_status()
    return f"{kind}, {answer.text}"


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    print(f"relay listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
