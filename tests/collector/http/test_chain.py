"""What `/api/trace/<id>/chain` and a trace's oddities say of chains that went through the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from tests.collector.conftest import MSGPACK
from tests.tracer.history.runs import Run, Step
from tracer.encoding import encode_chunk

STEPS = [Step("work", "web", [], False), Step("call", "taster", [], False)]
Alter = Callable[[list[dict[str, Any]]], None]


def send(client: FlaskClient, alter: Alter | None = None, times: int = 1) -> str:
    """Play the steps, alter what is sent, and send it; return the trace's id."""
    run = Run()
    history = run.play(STEPS)
    chunks = [encode_chunk([span]) for span in run.writer.spans]
    maps = [each for chunk in chunks for each in msgspec.msgpack.decode(chunk)]
    if alter:
        alter(maps)
    for _ in range(times):
        body = msgspec.msgpack.encode([maps])
        assert client.put("/v0.4/traces", data=body, content_type=MSGPACK).status_code == 200
    return f"{history.trace_id:032x}"


def verdict(client: FlaskClient, trace_id: str) -> dict[str, Any]:
    answer = client.get(f"/api/trace/{trace_id}/chain")
    assert answer.status_code == 200, answer.text
    found = dict(answer.json or {})
    odd = (client.get(f"/api/trace/{trace_id}").json or {})["odd"]
    chained = [each for each in odd if each["kind"].startswith("chain_")]
    assert [(each["kind"], each["span"], each["what"]) for each in chained] == [
        (f"chain_{fault['kind']}", fault["span"], fault["what"]) for fault in found["faults"]
    ]
    return found


@pytest.mark.parametrize("times", [1, 2], ids=["sent once", "sent twice: the store keeps one"])
def test_what_was_stored_as_it_was_sent_is_whole(client, times):
    found = verdict(client, send(client, times=times))
    assert found["chains"] == 2
    assert found["faults"] == []
    assert found["what"] == "4 spans in 2 chains of hashes: none is missing, altered or doubled."


def alter_tag(maps: list[dict[str, Any]]) -> None:
    maps[1]["meta"]["beer"] = "water"


def repeat(maps: list[dict[str, Any]]) -> None:
    maps.append(maps[1] | {"span_id": 77})


@pytest.mark.parametrize(
    ("alter", "kinds"),
    [(alter_tag, {"altered"}), (repeat, {"doubled"}), (lambda maps: maps.pop(1), {"missing"})],
)
def test_a_fault_is_named(client, alter, kinds):
    found = verdict(client, send(client, alter))
    assert {fault["kind"] for fault in found["faults"]} == kinds
    assert found["what"].endswith(": 1 fault.")


def test_a_trace_without_chains(client):
    maps = [{"trace_id": 9, "span_id": 1, "start": 10**18, "duration": 5, "name": "x"}]
    client.put("/v0.4/traces", data=msgspec.msgpack.encode([maps]), content_type=MSGPACK)
    found = verdict(client, f"{9:032x}")
    assert (found["chains"], found["spans"], found["faults"]) == (0, 0, [])


def test_a_trace_that_is_not_stored(client):
    assert client.get(f"/api/trace/{8:032x}/chain").status_code == 404
