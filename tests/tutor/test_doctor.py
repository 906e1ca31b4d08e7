"""`./workshop doctor`."""

from __future__ import annotations

import shutil
import socket
import time

import pytest

from tutor import cli
from tutor.commands import doctor
from tutor.commands.doctor import Finding
from tutor.supervisor import plan


def test_it_looks_at_everything(capsys):
    code = cli.main(["doctor"])
    out = capsys.readouterr().out
    assert code in (0, 3)  # a full disk here is not the doctor's mistake
    for what in ("Python", "Packages", "Disk", "Memory", "Ports", "Redis", "Docker", "Clock"):
        assert what in out


@pytest.mark.parametrize(("status", "code"), [("good", 0), ("optional", 0), ("bad", 3)])
def test_only_what_is_bad_makes_it_fail(status, code, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "CHECKS", [lambda: Finding("Beer", status, "none", "brew some")])
    assert cli.main(["doctor"]) == code
    out = capsys.readouterr().out
    assert "→ brew some" in out
    assert ("marked – can stay" in out) == (status == "optional")


def test_a_taken_port_is_named_with_its_holder(monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setitem(plan.DEFAULT_PORTS, "web", port)
        finding = doctor.ports()
    assert finding.status == "optional"
    assert f"{port} (web) is held by" in finding.seen


def test_a_disk_that_is_too_full(monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage._replace(free=10_000_000))
    assert doctor.disk() == Finding(
        "Disk", "bad", "10 MB free", "packages and traces need 700 MB: free some space"
    )


def test_too_little_memory(monkeypatch):
    monkeypatch.setattr(doctor, "available_memory_mb", lambda: 100)
    assert doctor.memory().status == "bad"
    monkeypatch.setattr(doctor, "available_memory_mb", lambda: None)
    assert doctor.memory().status == "optional"


def test_a_redis_that_is_missing(monkeypatch, tmp_path):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor.find_redis_server, "__defaults__", (tmp_path / "none",))
    monkeypatch.setattr(doctor, "has_wheel", lambda: False)
    finding = doctor.redis()
    assert finding.status == "bad"
    assert "apt install redis-server" in finding.fix


def test_a_redis_of_your_own(monkeypatch, redis_url):
    monkeypatch.setenv("REDIS_URL", redis_url)
    assert doctor.redis() == Finding("Redis", "good", f"REDIS_URL={redis_url}")


def test_a_redis_of_your_own_that_does_not_answer(monkeypatch, closed_port):
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{closed_port}/0")
    finding = doctor.redis()
    assert (finding.status, "does not answer" in finding.seen) == ("bad", True)
    assert "unset REDIS_URL" in finding.fix


def test_the_ports_of_the_stack_itself_are_no_trouble(monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setitem(plan.DEFAULT_PORTS, "web", port)
        own = set(plan.DEFAULT_PORTS.values())
        monkeypatch.setattr(doctor, "ports_of_the_stack", lambda: own)
        finding = doctor.ports()
    assert finding == Finding("Ports", "good", "in use by the workshop itself, which is running")


def test_curl_is_named_before_a_lesson_misses_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = doctor.curl_command()
    assert (finding.status, finding.seen) == ("optional", "not found")
    assert "./workshop get" in finding.fix


def test_docker_and_chromium_are_optional(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.docker().status == "optional"
    assert doctor.chromium().status == "optional"


def test_a_clock_that_stands_still(monkeypatch):
    now = time.time()
    monkeypatch.setattr(doctor.time, "time", lambda: now)
    assert "while the clock is being adjusted" in doctor.clock().fix


def test_a_clock_that_is_years_behind(monkeypatch):
    monkeypatch.setattr(doctor.time, "time", lambda: 0.0)
    assert doctor.clock().status == "bad"
