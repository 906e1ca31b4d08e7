"""The ports for other clients, in words, of real collectors."""

from __future__ import annotations

import socket
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.servers import running
from tests.tutor.test_real_stack import Workshop
from tutor.collector import Collector
from tutor.open_ports import open_ports
from tutor.supervisor import plan

USUAL = ("4318", "9411", "14268", "6831/udp", "6832/udp", "5778", "2000/udp", "2000")


def said(data: Path, *options: str) -> list[str]:
    """Return what is said of a collector that was started with these options."""
    with running("-m", "collector", "--port", "0", "--data", str(data), *options) as server:
        return open_ports(Collector(server.url))


def test_the_ports_are_named_by_format(tmp_path: Path) -> None:
    [sentence] = said(tmp_path, "--open", "any")
    assert sentence.startswith("Open for other clients: OpenTelemetry ")
    formats = sentence.split("; ")
    assert [text.split()[0] for text in formats[1:]] == ["Zipkin", "Jaeger", "X-Ray"]
    assert [text.count("/udp") for text in formats] == [0, 0, 2, 1]


def test_nothing_is_said_where_nobody_asked(tmp_path: Path) -> None:
    assert said(tmp_path) == []


def hold(holder: socket.socket, port: int) -> None:
    """Bind to a port; another test may still have it for a moment."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            holder.bind(("127.0.0.1", port))
            return
        time.sleep(0.05)


def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as holder:
        hold(holder, 6831)
        sentences = said(tmp_path, "--open")
    assert (
        "Not open: port 6831 (UDP) for Jaeger, compact Thrift is taken; stop what listens there"
        " and start the collector again, or send by HTTP to the collector's own port."
    ) in sentences


@pytest.mark.parametrize("asked", [True, False])
def test_the_stack_opens_them_only_if_asked(asked: bool) -> None:
    ports = dict.fromkeys(("collector", "ui", "taster", "web"), 1)
    services = plan.services(ports, Path("/data"), open_ports=asked)
    [collector] = [service for service in services if service.name == "collector"]
    assert collector.env["COLLECTOR_OPEN"] == str(asked)


def test_up_and_status_name_them(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    code, out, err = workshop.run("up", "--open", *workshop.port_options)
    try:
        assert code == 0, err
        status = workshop.run("status")[1]
    finally:
        assert workshop.run("down")[0] == 0
    for text in (out, status):
        named = [line for line in text.splitlines() if line.startswith(("Open", "Not open"))]
        for port in USUAL:
            number, _, protocol = port.partition("/")
            taken = f"port {number} ({(protocol or 'http').upper()}) "
            assert any(f" {port}" in line or taken in line for line in named), (port, text)
