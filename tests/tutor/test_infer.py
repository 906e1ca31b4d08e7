"""`./workshop infer`: which collector it asks, and which names it knows."""

from __future__ import annotations

import sys

import pytest

from tutor import cli, foreground
from tutor.commands import infer
from tutor.errors import NotReadyError


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """What is run instead: the command, and what is added to the environment."""
    found: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(foreground, "run", lambda *arguments: found.append(arguments) or 0)
    return found


def down(name: str) -> str:
    raise NotReadyError("the stack is not running")


def test_logs_can_be_read_without_a_stack(ran, monkeypatch):
    monkeypatch.setattr(infer, "address", down)
    assert cli.main(["infer", "web.log", "--no-ids"]) == 0
    [(command, env)] = ran
    assert command == [sys.executable, "-m", "collector.infer", "web.log", "--no-ids"]
    assert "COLLECTOR_URL" not in env


@pytest.mark.parametrize("option", ["--truth", "--store"])
def test_the_truth_needs_the_stacks_collector(option, ran, monkeypatch, capsys):
    monkeypatch.setattr(infer, "own_address", down)
    assert cli.main(["infer", "web.log", option]) == 3
    assert "not running" in capsys.readouterr().err
    assert not ran


def test_a_running_stack_says_where_everything_is(ran, monkeypatch):
    monkeypatch.setattr(infer, "own_address", lambda name: f"http://127.0.0.1/{name}")
    monkeypatch.setattr(infer, "address", lambda name: f"http://{name}:1")
    assert cli.main(["infer", "web.log", "--truth"]) == 0
    [(_, env)] = ran
    assert env["COLLECTOR_URL"] == "http://127.0.0.1/collector"
    assert env["UI_URL"] == "http://ui:1"
    assert env["INFER_NAMES"] == "web:1=web,taster:1=taster"


def test_another_collector_may_be_named(ran, monkeypatch):
    monkeypatch.setattr(infer, "own_address", down)
    monkeypatch.setattr(infer, "address", down)
    assert cli.main(["infer", "web.log", "--truth", "--collector=http://127.0.0.1:1"]) == 0
    [(_, env)] = ran
    assert "COLLECTOR_URL" not in env
