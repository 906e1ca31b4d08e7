"""OpenTelemetry's SDK for JavaScript sends to the collector, JSON in chunks, and reads it back."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import LOCKS, alone
from tests.collector.random_otlp import request_json
from tests.collector.receivers.test_otlp import group, span
from tests.servers import Server

INSTALL_TIMEOUT_S = 100
TIMEOUT_S = 20


def test_what_is_sent_is_read_back_equal(collector: Server, node_modules: Path) -> None:
    program = Path(__file__).with_name("opentelemetry_app.cjs")
    done = subprocess.run(
        ["node", program, collector.url],
        env={"PATH": str(Path(shutil.which("node") or "").parent), "NODE_PATH": str(node_modules)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for sent in json.loads(done.stdout):
        stored = get(collector, f"/api/trace/{sent['trace_id']}/span/{sent['id']}")
        assert sent.pop("tags").items() <= stored["tags"].items()
        assert {key: stored[key] for key in sent} == sent


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_in_chunks_is_put_together(collector: Server, size: int) -> None:
    """Any client may send chunks; how long they are means nothing."""
    trace_id = size.to_bytes(16, "big")
    body = request_json([group(span(trace_id=trace_id, attributes={"n": 7}))], numbers="number")
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    head = (
        b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", collector.port), timeout=TIMEOUT_S) as client:
        client.sendall(head)
        for chunk in (*chunks, b""):
            client.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        with client.makefile("rb") as answer:
            assert answer.read().startswith(b"HTTP/1.1 200 ")
    assert get(collector, f"/api/trace/{trace_id.hex()}/span/{2:016x}")["tags"] == {"n": 7}


@pytest.fixture(scope="session")
def node_modules(pytestconfig: pytest.Config) -> Path:
    """The folder with the packages of `environments/opentelemetry-js/package-lock.json`."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js is not installed")
    assert pytestconfig.cache is not None
    home = Path(pytestconfig.cache.mkdir("client-environments")) / "opentelemetry-js"
    with alone(home.with_suffix(".held")):
        source = LOCKS / "opentelemetry-js"
        lock = (source / "package-lock.json").read_bytes()
        complete = home / "complete"
        if not complete.exists() or complete.read_bytes() != lock:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(source, home)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            try:
                done = subprocess.run(
                    command, cwd=home, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S
                )
            except subprocess.TimeoutExpired:
                pytest.skip(f"npm takes longer than {INSTALL_TIMEOUT_S} s")
            assert "EINTEGRITY" not in done.stderr, done.stderr
            if done.returncode:
                pytest.skip(f"the packages cannot be had: {done.stderr.strip()[-200:]}")
            complete.write_bytes(lock)
    return home / "node_modules"


def get(collector: Server, path: str) -> Any:
    """Return the JSON at a path."""
    with urllib.request.urlopen(collector.url + path, timeout=TIMEOUT_S) as answer:
        return json.load(answer)
