"""The two ends of a call share an id at Zipkin and come in different bodies, in any order and form:
they become two spans, and what hangs below each of them is its own."""

from __future__ import annotations

import time
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collector import random_zipkin
from tests.collector.stores import CLICKHOUSE

SERVICES = ["web", "taster", "baker"]
NOW_US = time.time_ns() // 1_000
FORMS = {
    "v2 JSON": ("/api/v2/spans", "application/json", random_zipkin.v2_json),
    "v2 protobuf": ("/api/v2/spans", "application/x-protobuf", random_zipkin.v2_protobuf),
    "v1 JSON": ("/api/v1/spans", "application/json", random_zipkin.v1_json),
    "v1 Thrift": ("/api/v1/spans", "application/x-thrift", random_zipkin.v1_thrift),
}
CALLS = st.recursive(
    st.fixed_dictionaries({"to": st.sampled_from(SERVICES), "calls": st.just([])}),
    lambda inner: st.fixed_dictionaries(
        {"to": st.sampled_from(SERVICES), "calls": st.lists(inner, max_size=3)}
    ),
    max_leaves=6,
)
"""Calls of services by one another, beginning with one by `web`."""
OF_EACH_SERVICE = {"min_size": len(SERVICES), "max_size": len(SERVICES)}
_trace_ids = count(1)


def _spans(
    call: dict[str, Any], trace_id_of: dict[str, int], skew: dict[str, int]
) -> tuple[list[Any], dict[str, str | None]]:
    """Return the spans of a call and of those within it, and the parent of each, by their names."""
    spans: list[dict[str, Any]] = []
    parents: dict[str, str | None] = {}
    names = count(1)

    def add(span_id: int, parent_id: int, service: str, above: str | None, **more: Any) -> str:
        name = f"span {next(names)}"
        parents[name] = above
        span = {
            "traceId": trace_id_of[service],
            "id": span_id,
            "name": name,
            "timestamp": NOW_US + 10 * len(spans) + skew[service],
            "duration": 1_000,
            "localEndpoint": {"serviceName": service},
            "tags": {"in": service},  # or else the first version has no place for the service
        }
        spans.append(span | more | ({"parentId": parent_id} if parent_id else {}))
        return name

    def trace(call: dict[str, Any], caller: str, parent_id: int, above: str | None) -> None:
        shared = len(spans) + 1
        client = add(shared, parent_id, caller, above, kind="CLIENT")
        server = add(shared, parent_id, call["to"], client, kind="SERVER", shared=True)
        add(len(spans) + 1, shared, call["to"], server)  # work of the server
        if caller != call["to"]:
            add(len(spans) + 1, shared, caller, client)  # such as the wait for a connection
        for inner in call["calls"]:
            trace(inner, call["to"], shared, server)

    trace(call, "web", 0, None)
    return spans, parents


@settings(max_examples=40)
@given(
    CALLS,
    st.lists(st.integers(-5_000, 5_000), **OF_EACH_SERVICE),
    st.lists(st.booleans(), **OF_EACH_SERVICE),
    st.data(),
)
def test_each_end_has_its_own_children(
    client: FlaskClient,
    store_kind: str,
    call: dict[str, Any],
    skews: list[int],
    short_ids: list[bool],
    data: st.DataObject,
) -> None:
    lower = next(_trace_ids)
    whole = lower << 64 | lower
    ids = {
        service: lower if short else whole
        for service, short in zip(SERVICES, short_ids, strict=True)
    }
    spans, parents = _spans(call, ids, dict(zip(SERVICES, skews, strict=True)))
    waiting = data.draw(st.permutations(spans))
    used = [span["traceId"] for span in waiting]
    # A ClickHouse keeps a trace under the id that came first: docs/scale.md.
    trace_id = f"{used[0] if store_kind == CLICKHOUSE else max(used):032x}"
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        path, kind, write = FORMS[data.draw(st.sampled_from(sorted(FORMS)))]
        body, waiting = write(waiting[:size]), waiting[size:]
        answer = client.post(path, data=body, content_type=kind)
        assert (answer.status_code, answer.data) == (202, b"")
    trace = client.get(f"/api/trace/{lower:016x}").json
    assert trace["trace_id"] == trace_id
    names = [trace["strings"][index] for index in trace["columns"]["name"]]
    found = {
        name: names[parent] if parent >= 0 else None
        for name, parent in zip(names, trace["columns"]["parent"], strict=True)
    }
    assert found == parents
    assert not [odd for odd in trace["odd"] if odd["kind"] != "clock_skew"]
    addresses = trace["columns"]["id"].copy()
    for row, number in trace["shared"]:
        addresses[row] += f".{number}"
    for name, address in zip(names, addresses, strict=True):
        assert client.get(f"/api/trace/{trace_id}/span/{address}").json["name"] == name
