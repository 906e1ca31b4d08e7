"""The containers' ports for other clients are the collector's, without containers."""

from __future__ import annotations

import re

import pytest

from collector.listeners.ports import RECEIVERS
from tests.servers import ROOT

USUAL = {
    (row.usual_port, "udp" if row.protocol == "udp" else "")
    for row in RECEIVERS
    if row.usual_port and row.protocol != "grpc"  # gRPC is not in the images
}
PUBLISHED = re.compile(r'- "127\.0\.0\.1:\$\{[A-Z_]+_PORT:-(\d+)\}:(\d+)(?:/(udp))?"')


def viewer() -> str:
    """The service `viewer` of docker-compose.yml, but for the ports that it always has."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    [service] = re.findall(r"^  viewer:\n(?:    .*\n)+", text, re.MULTILINE)
    return re.sub(r'.*:(?:8080|8126)"\n', "", service)


@pytest.mark.parametrize(
    "text",
    [(ROOT / "docker-compose.open.yml").read_text("utf-8"), viewer()],
    ids=["open", "viewer"],
)
def test_compose_publishes_each_port_to_this_machine_only(text: str) -> None:
    found = [match.groups("") for match in PUBLISHED.finditer(text)]
    assert len(found) == text.count('- "') > 0
    assert {(int(inside), protocol) for _, inside, protocol in found} == USUAL
    assert all(outside == inside for outside, inside, _ in found)


@pytest.mark.parametrize("own", ["8126", "8080 8126"], ids=["collector", "viewer"])
def test_the_image_names_each_port(own: str) -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    [exposed] = re.findall(rf"^EXPOSE {own} (.*)$", text, re.MULTILINE)
    named = {port.partition("/")[::2] for port in exposed.split()}
    assert {(int(port), protocol) for port, protocol in named} == USUAL
