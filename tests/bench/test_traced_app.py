"""The app under other tracers, and the visitors that `bench.app` sends to it."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.traced_app.visits import PATH, visit
from tutor.paths import ROOT

ASKS_FOR_A_SPAN = """
import sys
from bench.traced_app.tracers import TRACERS
TRACERS[sys.argv[1]]("web")
from tracer import TraceMiddleware, patch, tracer
from services import current_trace
tracer.configure(service="web")
tracer.writer = None  # nothing listens where its spans would go
patch(requests=True)
with tracer.trace("match", service="db") as span:
    span.set_tag("donuts.awake", 3)
    if inner := tracer.current_span():
        inner.set_tag("beer.name", "ipa")
with current_trace.span("evict") as span:
    span.set_tag("key", "value")

print(type(tracer).__module__, inner is not None)
"""


@pytest.mark.parametrize(
    ("tracing", "module", "has_span"),
    [
        ("no tracer", "bench.traced_app.tracers", False),
        ("ours, off", "tracer.tracer", False),
        ("ours, all", "tracer.tracer", True),
    ],
)
def test_the_app_gets_the_tracer_that_was_asked_for(tracing, module, has_span):
    done = subprocess.run(
        [sys.executable, "-c", ASKS_FOR_A_SPAN, tracing],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == ([module, str(has_span)], "")


class App(BaseHTTPRequestHandler):
    """Answers pairings, and knows who asked how often."""

    protocol_version = "HTTP/1.1"
    status: int
    asked: list[tuple[int, str]]

    def do_GET(self) -> None:
        self.asked.append((self.client_address[1], self.path))
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def app():
    asked = type("Asked", (App,), {"asked": [], "status": 200})
    with ThreadingHTTPServer(("127.0.0.1", 0), asked) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_visitors_share_the_pairings(app):
    address, asked = app
    visits = visit(address, visitors=3, pairings=20)
    assert len(visits.times_ms) == len(asked.asked) == 20
    assert {path for _, path in asked.asked} == {PATH}
    assert len({port for port, _ in asked.asked}) <= 3
    assert visits.seconds > 0


def test_an_answer_that_is_none_ends_the_visit(app):
    address, asked = app
    asked.status = 503
    with pytest.raises(RuntimeError, match="answered 503"):
        visit(address, visitors=2, pairings=10)
