"""The usual ports of other formats' clients, of a real collector."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.collector.receivers.test_jaeger import batch, span
from tests.collector.thrift_writers import Binary, Compact, record
from tests.servers import Server, running
from tests.waiting import wait_until

WAIT_S = 10.0
TRACE = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open, each on any that is free."""
    data = str(tmp_path_factory.mktemp("data"))
    with running("-m", "collector", "--port", "0", "--open", "any", "--data", data) as server:
        yield server


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
        return json.load(answer)


def receivers(collector: Server) -> dict[str, dict[str, Any]]:
    """Return the receivers by their names."""
    return {row["name"]: row for row in get(f"{collector.url}/api/receivers")["receivers"]}


def test_every_port_for_http_answers(collector: Server) -> None:
    assert get(f"{collector.url}/api/receivers")["port"] == collector.port
    found = receivers(collector)
    assert all(row["open"] and not row["problem"] for row in found.values())
    assert found["datadog"]["port"] == collector.port
    ports = {row["port"] for row in found.values() if row["protocol"] == "http"}
    assert len(ports) == 6
    for port in ports:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=WAIT_S) as answer:
            assert answer.read() == b"ok"
    port = found["jaeger-sampling"]["port"]
    assert get(f"http://127.0.0.1:{port}/sampling?service=web") == {
        "strategyType": "PROBABILISTIC",
        "probabilisticSampling": {"samplingRate": 1.0},
    }


def test_only_this_machine_can_send(collector: Server) -> None:
    listening = [
        each
        for each in psutil.Process(collector.process.pid).net_connections("inet")
        if not each.raddr
    ]
    rows = receivers(collector).values()
    assert {each.laddr.port for each in listening} == {row["port"] for row in rows if row["open"]}
    # gRPC's socket is one for both versions of IP: it has the same address in IPv6's form.
    assert {each.laddr.ip.removeprefix("::ffff:") for each in listening} == {"127.0.0.1"}


def test_datagrams_are_stored_or_counted(collector: Server) -> None:
    segment = {"name": "web", "id": "0a", "trace_id": TRACE, "start_time": 1.6e9, "end_time": 1.6e9}
    document = b'{"format": "json", "version": 1}\n' + json.dumps(segment).encode()
    call = record(f1=batch(span(trace_id=11)))
    sent = {
        "jaeger-compact": Compact().message("emitBatch", call),
        "jaeger-binary": Binary().message("emitBatch", record(f1=batch(span(trace_id=12)))),
        "xray-daemon": document,
    }
    ports = {name: row["port"] for name, row in receivers(collector).items()}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for name, datagram in sent.items():
            for bad in (b"", b"hello", datagram[:-1]):
                sender.sendto(bad, ("127.0.0.1", ports[name]))
            sender.sendto(datagram, ("127.0.0.1", ports[name]))
    # A document that ends early is one document that cannot be read.
    expected = {"jaeger-compact": (1, 3), "jaeger-binary": (1, 3), "xray-daemon": (2, 2)}

    def counts() -> dict[str, tuple[int, int]]:
        found = receivers(collector)
        return {name: (found[name]["spans"], found[name]["unread"]) for name in sent}

    wait_until(lambda: counts() == expected)
    assert get(f"{collector.url}/stats")["datagrams"] == {"unread": 8, "dropped": 0}
    for trace in (f"{11:032x}", f"{12:032x}", TRACE[2:].replace("-", "")):
        assert len(get(f"{collector.url}/api/trace/{trace}")["columns"]["id"]) == 1


def test_a_taken_port_is_named_and_the_others_are_open(tmp_path: Path) -> None:
    with closing(socket.socket()) as holder:
        with suppress(OSError):  # somebody else holds it, which is as good
            holder.bind(("127.0.0.1", 9411))
            holder.listen()
        command = ("-m", "collector", "--port", "0", "--data", str(tmp_path))
        with running(*command, env={"COLLECTOR_OPEN": "true"}) as collector:
            found = receivers(collector)
            failures = get(f"{collector.url}/stats")["ports_not_open"]
    why = "port 9411 (HTTP) for Zipkin is taken"
    assert not found["zipkin"]["open"]
    assert found["zipkin"]["problem"].startswith(why)
    assert found["zipkin"]["port"] == 9411
    assert any(why in line for line in collector.log)
    assert found["zipkin"]["problem"] in failures
    for row in found.values():
        assert row["open"] or f"port {row['port']} " in row["problem"]


def test_no_other_port_is_open_unless_asked_for(tmp_path: Path) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as collector:
        found = receivers(collector)
        failures = get(f"{collector.url}/stats")["ports_not_open"]
    assert {name for name, row in found.items() if row["open"]} == {"datadog"}
    assert found["otlp"]["problem"] == "not asked for: start the collector with --open"
    assert failures == []


def test_what_still_waits_is_stored_when_the_collector_stops(tmp_path: Path) -> None:
    part = {"type": "subsegment", "name": "db", "id": "2", "parent_id": "1", "trace_id": TRACE}
    document = json.dumps(part | {"start_time": 1.6e9, "end_time": 1.6e9}).encode()
    command = ("-m", "collector", "--port", "0", "--data", str(tmp_path))
    with running(*command, "--open", "any") as collector:
        address = ("127.0.0.1", receivers(collector)["xray-daemon"]["port"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b'{"format": "json", "version": 1}\n' + document, address)
        wait_until(lambda: get(f"{collector.url}/stats")["received"]["requests"])
        assert get(f"{collector.url}/stats")["stored"]["spans"] == 0
    with running(*command) as collector:
        trace = TRACE[2:].replace("-", "")
        assert get(f"{collector.url}/api/trace/{trace}/span/2")["service"] == "unnamed-service"
