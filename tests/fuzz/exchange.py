"""One request and its answer, over a real connection."""

from __future__ import annotations

import gzip
import http.client
import json
import os
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from tests.servers import Server

TIMEOUT_S = 10
"""Time in which an answer comes, even from a busy machine."""
MAX_ANSWER_BYTES = 32 * 1024 * 1024
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Requests for each route; 0 for a few that are always the same."""
FEW_EXAMPLES = 8

FUZZING = settings(
    max_examples=EXAMPLES or FEW_EXAMPLES,
    derandomize=not EXAMPLES,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""A few seconds in the suite; `FUZZ_EXAMPLES=2000 ./workshop test tests/fuzz` runs for longer."""


@dataclass
class Answer:
    """A server's answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    request: str
    """Method and address, for messages of failed tests."""

    @property
    def json(self) -> Any:
        """The body's JSON. Raises `ValueError` if it is not JSON."""
        return json.loads(self.body, parse_constant=_refuse_constant)


def exchange(
    server: Server,
    method: str,
    target: str,
    headers: list[tuple[str, str]] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request and return the answer. Raises `OSError` if none comes in time.

    A stream without end is left as soon as it has begun.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT_S)
    with closing(connection):
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers or ():
            connection.putheader(name, value.encode("latin-1", "replace"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        endless = response.headers.get_content_type() == "text/event-stream"
        content = b"" if endless else response.read(MAX_ANSWER_BYTES)
        if response.headers.get("Content-Encoding") == "gzip" and content:
            content = gzip.decompress(content)
        return Answer(response.status, response.headers, content, f"{method} {target[:500]}")


def check(server: Server, answer: Answer, *, json_errors: bool = True) -> None:
    """Assert that nothing in the answer is the server's fault, and that errors have a message."""
    assert answer.status < 500, (answer.request, answer.status, answer.body[:500], server.log[-30:])
    assert b"Traceback (most recent call last)" not in answer.body
    if answer.headers.get_content_type() == "application/x-protobuf":
        return  # OTLP's errors have the form of the request
    if answer.status >= 400 and answer.body and json_errors:
        assert answer.headers.get_content_type() == "application/json"
        assert answer.json["error"]


def tracebacks(server: Server) -> list[str]:
    """Return the first traceback in the server's log and what follows; empty if there is none."""
    starts = [index for index, line in enumerate(server.log) if "Traceback" in line]
    return server.log[starts[0] : starts[0] + 60] if starts else []


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
