"""What the stack consists of, and on which ports."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tutor.errors import NotReadyError
from tutor.paths import ROOT
from tutor.supervisor import plan
from tutor.supervisor.app import FINISHED, App


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(autouse=True)
def own_redis(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_a_taken_port_is_named_with_its_holder_and_the_next_one_used(taken, monkeypatch):
    monkeypatch.setitem(plan.DEFAULT_PORTS, "web", taken)
    ports, notes = plan.choose_ports(["web"], {})
    assert ports["web"] > taken
    assert notes[0].startswith(f"port {taken} is taken by ")
    assert f"(process {os.getpid()}): web uses {ports['web']}" in notes[0]


def test_a_port_asked_for_by_name_is_taken_or_refused(taken, free_port):
    assert plan.choose_ports(["web"], {"web": free_port}) == ({"web": free_port}, [])
    with pytest.raises(NotReadyError, match=f"port {taken} for web is taken by .*--web-port N"):
        plan.choose_ports(["web"], {"web": taken})


def test_no_two_get_the_same_port(monkeypatch, free_port):
    monkeypatch.setitem(plan.DEFAULT_PORTS, "web", free_port)
    monkeypatch.setitem(plan.DEFAULT_PORTS, "ui", free_port)
    ports, notes = plan.choose_ports(["ui", "web"], {})
    assert len(set(ports.values())) == 2
    assert "another process of the stack" in notes[0]


def test_the_usual_port_of_one_can_be_asked_for_by_another(monkeypatch, free_port):
    monkeypatch.setitem(plan.DEFAULT_PORTS, "ui", free_port)
    ports, _ = plan.choose_ports(["ui", "web"], {"web": free_port})
    assert ports["web"] == free_port != ports["ui"]


def test_members():
    assert plan.members(load=False) == ["redis", "collector", "ui", "taster", "web"]
    assert plan.members(load=True)[-1] == "locust"


def test_a_redis_of_your_own_is_used(redis_url, monkeypatch):
    monkeypatch.setenv("REDIS_URL", redis_url)
    names = plan.members(load=False)
    assert "redis" not in names
    made = plan.services(dict.fromkeys(names, 1), Path("/data"))
    assert [service.name for service in made] == names
    assert all("REDIS_URL" not in service.env for service in made)  # it is inherited


def test_the_collector_gets_the_rules_beside_the_apps_code(tmp_path):
    ports = dict.fromkeys(plan.DEFAULT_PORTS, 1)

    def rules_of(app):
        made = plan.services(ports, Path("/data"), app)
        (collector,) = (service for service in made if service.name == "collector")
        return collector.env["COLLECTOR_AUDIT"]

    assert rules_of(FINISHED) == str(ROOT / "services" / "audit.rules")
    mine = App("mine/", tmp_path, "mine")
    assert rules_of(mine) == ""
    (tmp_path / "audit.rules").touch()
    assert rules_of(mine) == str(tmp_path / "audit.rules")


def test_a_redis_of_your_own_that_does_not_answer(monkeypatch, closed_port):
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{closed_port}/0")
    with pytest.raises(NotReadyError, match="no Redis answers at REDIS_URL"):
        plan.members(load=False)


def test_every_process_gets_the_others_addresses():
    names = plan.members(load=True)
    made = plan.services({name: 1000 + n for n, name in enumerate(names)}, Path("/data"))
    assert [service.name for service in made] == names
    assert made[-1].needs == tuple(names[:-1])
    web = next(service for service in made if service.name == "web")
    assert web.env["COLLECTOR_URL"] == "http://127.0.0.1:1001"
    assert web.env["UI_URL"] == "http://127.0.0.1:1002"
    assert web.env["TASTER_URL"] == "http://127.0.0.1:1003"
    assert web.env["PORT"] == "1004"
    assert web.env["REDIS_URL"] == "redis://127.0.0.1:1000/0"
    assert web.env["DATA_DIR"] == "/data"
    assert web.env["VERSION"] == "step-10"


def test_the_collector_alone_is_told_where_to_forward():
    ports = dict.fromkeys(("collector", "ui", "taster", "web"), 1)
    made = plan.services(ports, Path("/data"), forward="otlp=http://127.0.0.1:4318")
    told = [service.name for service in made if "--forward" in service.command]
    assert told == ["collector"]
