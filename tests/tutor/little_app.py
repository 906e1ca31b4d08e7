"""A little app and collector in one, for the tests of checks: `little_app.py` takes a free port."""

from __future__ import annotations

import json
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TRACE = "ab" * 16
asked_at = time.monotonic()


def trace() -> dict[str, object]:
    """A trace that grows for a while: the last span comes after 0.6 s."""
    spans = 3 if time.monotonic() - asked_at > 0.6 else 2
    same = ("service", "name", "resource", "type", "start", "error")
    return {
        "trace_id": TRACE,
        "t0": "1700000000000000000",
        "spans": spans,
        "complete": True,
        "strings": ["web"],
        "templates": [],
        "untimed": [],
        "columns": {
            **{key: [0] * spans for key in same},
            "id": [f"{row:016x}" for row in range(spans)],
            "parent": [row - 1 for row in range(spans)],
            "duration": [1] * spans,
        },
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        global asked_at
        status, headers, body = 200, {}, "ok"
        if self.path == "/crash":
            problem = "NameError: name 'x' is not defined (mine/web.py, line 9)"
            status, body = 500, json.dumps({"error": problem})
        elif self.path == "/away":
            status, body = 503, json.dumps({"error": "Redis does not answer"})
        elif self.path.startswith("/broken"):
            headers, body = {"workshop-broken": "mine/taster.py:3"}, "NameError: name 'y'\nmore\n"
        elif self.path == "/headers":
            body = json.dumps(dict(self.headers))
        elif self.path in ("/traced", "/lost"):
            asked_at = time.monotonic()
            trace_id = TRACE if self.path == "/traced" else "cd" * 16
            headers = {"traceresponse": f"00-{trace_id}-{'0' * 16}-01"}
        elif self.path == f"/api/trace/{TRACE}":
            body = json.dumps(trace())
        elif self.path == "/api/sampling":
            body = json.dumps({"tail": {"wait_s": 0}})
        elif self.path.startswith("/api/"):
            status = 404
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"app listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
