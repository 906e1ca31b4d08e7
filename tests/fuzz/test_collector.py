"""Every route of the collector, asked as `docs/openapi.json` describes and as nobody should."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import hostile
from tests.fuzz.description import Operation, mismatch, operations
from tests.fuzz.exchange import FUZZING, check, exchange
from tests.fuzz.samples import (
    FILES,
    JAEGER,
    OTLP,
    PARAMETERS,
    RULES,
    RUN,
    TRACES,
    V05,
    XRAY,
    ZIPKIN,
    ZIPKIN_V1,
)
from tests.servers import Server

PATH_VALUES = {
    "trace_id": ["1", "2", "4", "f" * 32],
    "span_id": ["1", "2"],
    "number": ["1", "2"],
    "rest": [],
}
BODIES = {
    "/v0.3/traces": TRACES,
    "/v0.4/traces": TRACES,
    "/v0.5/traces": [V05],
    "/v1/traces": [OTLP],
    "/api/v1/spans": ZIPKIN_V1,
    "/api/v2/spans": ZIPKIN,
    "/TraceSegments": [XRAY],
    "/api/import": FILES,
    "/api/runs": [RUN],
    "/api/runs/{number}": [RUN],
}
RAW_BODIES = {"/api/traces": JAEGER, "/api/audit": RULES, "/api/audit/rules": RULES}
"""Bodies that are neither JSON nor msgpack."""


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_every_operation_answers_as_described(server: Server, operation: Operation) -> None:
    @FUZZING
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        answer = exchange(server, operation.method, *_request(data, operation))
        check(server, answer)
        if answer.status in (304, 405) or answer.headers.get_content_type() != "application/json":
            return
        if str(answer.status) not in operation.responses:
            # The path may be of no route, the `Origin` another site's.
            assert answer.status in (400, 403, 404), answer.body
        elif schema := operation.schema(answer.status):
            assert not mismatch(answer.json, schema)

    ask()


@FUZZING
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "BREW"]),
    path=st.lists(
        hostile.segments(["api", "trace", "1", "v0.4", "v1", "traces", "runs"]), max_size=5
    ),
    headers=hostile.HEADERS,
    body=st.none() | hostile.bodies(),
)
def test_what_is_not_described_is_refused_with_a_message(
    server: Server, method: str, path: list[str], headers: list[tuple[str, str]], body: bytes | None
) -> None:
    check(server, exchange(server, method, "/" + "/".join(path), headers, body))


def _request(data: st.DataObject, operation: Operation) -> tuple[Any, ...]:
    parts = operation.path.split("/")
    path = "/".join(
        data.draw(hostile.segments(PATH_VALUES[part[1:-1]])) if part[:1] == "{" else part
        for part in parts
    )
    query = data.draw(hostile.queries(operation.queries, PARAMETERS)) if operation.queries else ""
    headers = data.draw(hostile.HEADERS)
    body = None
    if operation.method != "GET":
        samples = BODIES.get(operation.path, [])
        raw = RAW_BODIES.get(operation.path)
        body = data.draw(hostile.raw_bodies(raw) if raw else hostile.bodies(samples))
        if operation.content_types and data.draw(st.booleans()):
            headers = [h for h in headers if h[0] not in ("Content-Type", "Content-Encoding")]
            headers.append(("Content-Type", data.draw(st.sampled_from(operation.content_types))))
            if body[:2] == b"\x1f\x8b":
                headers.append(("Content-Encoding", "gzip"))
    return f"{path}?{query}" if query else path, headers, body
