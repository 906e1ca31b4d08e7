"""The containers' ports for other clients are the collector's, without containers."""

from __future__ import annotations

import re

from collector.listeners.ports import RECEIVERS
from tests.servers import ROOT

USUAL = {
    (row.usual_port, "udp" if row.protocol == "udp" else "")
    for row in RECEIVERS
    if row.usual_port and row.protocol != "grpc"  # gRPC is not in the images
}
PUBLISHED = re.compile(r'- "127\.0\.0\.1:\$\{[A-Z_]+_PORT:-(\d+)\}:(\d+)(?:/(udp))?"')


def test_compose_publishes_each_port_to_this_machine_only() -> None:
    text = (ROOT / "docker-compose.open.yml").read_text("utf-8")
    found = [match.groups("") for match in PUBLISHED.finditer(text)]
    assert len(found) == text.count('- "')
    assert {(int(inside), protocol) for _, inside, protocol in found} == USUAL
    assert all(outside == inside for outside, inside, _ in found)


def test_the_image_names_each_port() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    [exposed] = re.findall(r"^EXPOSE (8126 .*)$", text, re.MULTILINE)
    named = {port.partition("/")[::2] for port in exposed.split()}
    assert {(int(port), protocol) for port, protocol in named} == USUAL | {(8126, "")}
