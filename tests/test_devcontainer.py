"""`.devcontainer/`, as far as it can be checked without an editor that opens it."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from tests.servers import ROOT
from tutor.cli import GROUPS
from tutor.supervisor.plan import DEFAULT_PORTS

FOLDER = ROOT / ".devcontainer"


@pytest.fixture
def settings() -> dict[str, Any]:
    return json.loads((FOLDER / "devcontainer.json").read_text())


def test_the_ports_of_the_stack_are_forwarded_each_with_a_name(settings: dict[str, Any]) -> None:
    http_ports = sorted(port for name, port in DEFAULT_PORTS.items() if name != "redis")
    assert settings["forwardPorts"] == http_ports
    assert sorted(settings["portsAttributes"]) == [str(port) for port in http_ports]


def test_its_command_is_one_of_the_workshop(settings: dict[str, Any]) -> None:
    program, command, *rest = shlex.split(settings["postCreateCommand"])
    assert (program, rest) == ("./workshop", [])
    assert command in {name for names in GROUPS.values() for name in names}


def test_its_image_has_a_python_that_is_new_enough_and_its_user(settings: dict[str, Any]) -> None:
    image = (FOLDER / settings["build"]["dockerfile"]).read_text()
    version = re.search(r"^FROM python:3\.(\d+)$", image, re.MULTILINE)
    assert version is not None
    assert 10 <= int(version[1]) <= 14
    assert f" {settings['remoteUser']}\n" in image


def test_the_files_that_it_opens_exist(settings: dict[str, Any]) -> None:
    for path in settings["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / path).is_file()
