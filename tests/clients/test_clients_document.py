"""What docs/clients.md says to set is run as it stands there, but for the ports."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

import pytest

from collector.listeners.ports import RECEIVERS
from tests.clients.conftest import ClientEnvironment
from tests.clients.sending import get, open_collector, port_of, wait_until
from tests.servers import ROOT, Server

PROGRAM = re.compile(
    r"^## (?P<title>[^\n]+)$(?:(?!^## ).)*?^<!-- environment: (?P<environment>\S+) -->\n"
    r"```python\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
SERVICE = "my-app"


class Program(NamedTuple):
    """A program of the document, and the environment that has its packages."""

    title: str
    environment: str
    code: str


PROGRAMS = [
    Program(*match.groups())
    for match in PROGRAM.finditer((ROOT / "docs" / "clients.md").read_text("utf-8"))
]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.title)
def test_a_program_of_the_document_sends_its_trace(
    collector: Server, client_environment: ClientEnvironment, program: Program
) -> None:
    python = client_environment(program.environment)
    before = _traces(collector)
    done = subprocess.run(
        [python, "-W", "ignore", "-c", _with_ports(program.code, collector)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    wait_until(lambda: _traces(collector) == before + 1)


def test_every_program_of_the_document_is_run() -> None:
    text = (ROOT / "docs" / "clients.md").read_text("utf-8")
    assert len(PROGRAMS) == text.count("```python")


def _traces(collector: Server) -> int:
    """Return how many traces there are of the document's service."""
    found: int = get(collector, f"/api/summary?q=service:{SERVICE}")["traces"]
    return found


def _with_ports(code: str, collector: Server) -> str:
    """Return a program with this collector's ports in place of the usual ones."""
    code = re.sub(r"\b8126\b", str(collector.port), code)
    for receiver in filter(attrgetter("usual_port"), RECEIVERS):
        # Where two have the same number, the first is the one for datagrams.
        before = "(udp:.*:)" if receiver.name == "xray-daemon" else r"(\b)"
        port = str(port_of(collector, receiver.name))
        code = re.sub(rf"{before}{receiver.usual_port}\b", rf"\g<1>{port}", code)
    return code
