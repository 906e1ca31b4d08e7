"""What docs/clients.md says to set is run as it stands there, but for the ports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from collector.listeners.ports import RECEIVERS
from tests.clients.conftest import LOCKS, ClientEnvironment
from tests.clients.sending import get, open_collector, port_of
from tests.servers import ROOT, Server
from tests.waiting import wait_until

DOCUMENT = (ROOT / "docs" / "clients.md").read_text("utf-8")
PART = re.compile(
    r"^## (?P<title>[^\n]+)$"
    r"|^<!-- environment: (?P<environment>[^\s,]+)(?:, then: (?P<then>[^\n]+))? -->\n"
    r"```(?P<language>python|sh)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
"""A heading, or a program with the environment that it needs; `then` is what settings are for."""
SERVICE = "my-app"
APP = """
from flask import Flask

app = Flask("my-app")
app.add_url_rule("/hello", view_func=lambda: "hello")
app.test_client().get("/hello").close()
"""
"""What stands for the reader's own program."""
GRPC_PORT = 4317


class Program(NamedTuple):
    """A program of the document, or some commands, and the environment that has its packages."""

    title: str
    environment: str
    language: str
    code: str

    @property
    def name(self) -> str:
        """What to call it in a report."""
        return f"{self.title}: {self.environment}"


def programs(document: str) -> Iterator[Program]:
    """Yield the programs of a document."""
    title = ""
    for part in PART.finditer(document):
        title = part["title"] or title
        if part["code"]:
            code = part["code"] + (part["then"] or "")
            yield Program(title, part["environment"], part["language"], code)


PROGRAMS = list(programs(DOCUMENT))


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize("program", PROGRAMS, ids=attrgetter("name"))
def test_a_program_of_the_document_sends_its_trace(
    collector: Server, client_environment: ClientEnvironment, program: Program, tmp_path: Path
) -> None:
    ports = {receiver.usual_port for receiver in RECEIVERS}
    if str(GRPC_PORT) in program.code and GRPC_PORT not in ports:
        pytest.skip(f"nothing listens on {GRPC_PORT}")
    is_ours = program.environment == "ours"
    python = Path(sys.executable) if is_ours else client_environment(program.environment)
    before = _traces(collector)
    code = _with_ports(program.code, collector)
    (tmp_path / "app.py").write_text(APP, "utf-8")
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code]
        if program.language == "python"
        else ["sh", "-ec", code],
        cwd=tmp_path,
        env=_settings(python),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    wait_until(lambda: _traces(collector) == before + 1)


def test_every_program_of_the_document_is_run() -> None:
    assert len(PROGRAMS) == DOCUMENT.count("```python") + DOCUMENT.count("```sh")


def test_every_environment_has_a_program() -> None:
    needed = {program.environment for program in PROGRAMS} - {"ours"}
    assert needed <= {lock.stem for lock in LOCKS.glob("*.lock")}


def _settings(python: Path) -> dict[str, str]:
    """Return the environment variables of a shell in which this Python is the first."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "DD_"))}
    return env | {
        "PATH": os.pathsep.join((str(python.parent), env["PATH"])),
        "DD_CRASHTRACKING_ENABLED": "false",
    }


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
