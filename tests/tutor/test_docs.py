"""Documents and lessons tell the truth: links lead somewhere, commands exist, locks fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.servers import ROOT
from tutor.cli import names

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "steps/*/*.md")
    for path in ROOT.glob(pattern)
)


@pytest.fixture(params=DOCUMENTS, ids=str)
def document(request) -> Path:
    return ROOT / request.param


def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_the_commands_that_are_named_exist(document):
    for command in re.findall(r"\./workshop ([a-z][a-z-]*)", document.read_text()):
        assert command in names(), command


def test_variables_of_docker_compose_are_its_own():
    compose = (ROOT / "docker-compose.yml").read_text()
    for variable in re.findall(r"`([A-Z]+_PORT)`", (ROOT / "README.md").read_text()):
        assert f"${{{variable}:-" in compose


def test_locks_name_no_index():
    for lock in ROOT.glob("*.lock"):
        assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_locks_pin_what_the_project_asks_for(lock):
    project = (ROOT / "pyproject.toml").read_text()
    asked = re.findall(
        r"^(?:dependencies|workshop) = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE
    )
    assert len(asked) == 2
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE)
    assert set(re.findall(r'"([a-z0-9-]+)', "".join(asked))) <= set(pinned)
