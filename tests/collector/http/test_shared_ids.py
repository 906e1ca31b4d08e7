"""Two different spans with one id are both shown, and each has an address."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from collector.http.app import Collector
from tests.collector.conftest import MSGPACK
from tests.collector.stores import Stores

MS = 10**6
NOW = time.time_ns()
TRACE = f"/api/trace/{7:032x}"
TWO = f"{2:016x}"


@pytest.fixture
def client(stores: Stores) -> Iterator[FlaskClient]:
    with stores.open() as store:
        collector = Collector(store)
        yield collector.app.test_client()
        collector.live.close()


def send(client: FlaskClient, *spans: tuple[int, int, str, int, int], kind: str = "") -> None:
    """Send spans: id, parent, name, start in ms after now and duration in ms of each."""
    maps = [
        {
            "trace_id": 7,
            "span_id": span_id,
            "parent_id": parent_id,
            "start": NOW + start * MS if start >= 0 else 0,
            "duration": duration * MS,
            "service": "web",
            "name": name,
            "resource": name,
            "meta": {"span.kind": kind} if kind else {},
        }
        for span_id, parent_id, name, start, duration in spans
    ]
    answer = client.put("/v0.4/traces", data=msgspec.msgpack.encode([maps]), content_type=MSGPACK)
    assert answer.status_code == 200


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json


def addresses(trace: Any) -> list[str]:
    """Return the address of each row's span."""
    found: list[str] = trace["columns"]["id"].copy()
    for row, number in trace["shared"]:
        found[row] += f".{number}"
    return found


def test_each_row_leads_to_its_own_span(client: FlaskClient) -> None:
    send(client, (1, 0, "root", 0, 20), (2, 1, "late", 9, 3), (2, 1, "early", 1, 5))
    send(client, (2, 1, "no time", -1, 4), (3, 2, "child", 2, 1))
    trace = get(client, TRACE)
    names = [trace["strings"][index] for index in trace["columns"]["name"]]
    assert names == ["root", "early", "child", "no time", "late"]
    assert addresses(trace) == [f"{1:016x}", f"{TWO}.2", f"{3:016x}", TWO, f"{TWO}.3"]
    assert trace["untimed"] == [3]
    for row, address in enumerate(addresses(trace)):
        span = get(client, f"{TRACE}/span/{address}")
        assert span["name"] == names[row]
        assert span["self"] == trace["columns"]["self"][row]
        assert span["timed"] == (row != 3)
        assert span["same_id"] == (3 if span["id"] == TWO else 1)
    assert [(odd["kind"], odd["span"]) for odd in trace["odd"]] == [
        ("shared_id", TWO),
        ("shared_id", f"{TWO}.3"),
        ("impossible_time", TWO),
    ]


def test_the_two_ends_of_a_call_have_an_address_each(client: FlaskClient) -> None:
    send(client, (1, 0, "root", 0, 20))
    send(client, (2, 1, "server", 2, 6), kind="server")
    send(client, (2, 1, "client", 1, 9), kind="client")
    trace = get(client, TRACE)
    assert addresses(trace) == [f"{1:016x}", TWO, f"{TWO}.2"]
    assert [get(client, f"{TRACE}/span/{each}")["name"] for each in addresses(trace)[1:]] == [
        "client",
        "server",
    ]
    assert trace["odd"] == []


def test_a_span_sent_again_counts_once_in_list_and_page(client: FlaskClient) -> None:
    spans = ((1, 0, "root", 0, 20), (2, 1, "op", 1, 5))
    send(client, *spans)
    send(client, *spans[::-1], (3, 1, "op", 6, 5))
    assert _counts(client) == (3, 3, 3)
    assert get(client, TRACE)["odd"] == []
    send(client, (2, 1, "op", 1, 6))  # as it was when it had ended
    assert _counts(client) == (4, 4, 4)


def _counts(client: FlaskClient) -> tuple[int, int, int]:
    """Return the number of spans in the list, in the summary and on the page."""
    trace = get(client, TRACE)
    [listed] = get(client, "/api/traces")["traces"]
    return listed["spans"], trace["summary"]["spans"], len(trace["columns"]["id"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{TWO}.1", 200),
        ("2.2", 200),
        (f"{TWO}.3", 404),
        (f"{TWO}.0", 404),
        (f"{TWO}.", 400),
        (f"{TWO}.-1", 400),
        (f"{TWO}.x", 400),
        (f"{TWO}.²", 400),
        (f"{TWO}.2.2", 400),
        (f"{TWO}.{'9' * 5000}", 400),
        (".2", 400),
    ],
)
def test_an_address_that_is_none_is_refused(client: FlaskClient, address: str, status: int) -> None:
    send(client, (1, 0, "root", 0, 20), (2, 1, "late", 9, 3), (2, 1, "early", 1, 5))
    answer = client.get(f"{TRACE}/span/{address}")
    assert answer.status_code == status, answer.text
