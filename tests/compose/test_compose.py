"""The stack in containers, on whatever Docker engine answers here."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.collector.receivers.test_jaeger import batch, span
from tests.collector.thrift_writers import Compact, record
from tests.compose.engine import OWNER, Project, composes, need_docker
from tutor.ports import any_free

OPEN_PORTS = ("OTLP", "ZIPKIN", "JAEGER", "JAEGER_COMPACT", "JAEGER_BINARY", "JAEGER_SAMPLING")
OPEN_PORTS += ("XRAY",)
PORTS = ("WEB_PORT", "TASTER_PORT", "COLLECTOR_PORT", "UI_PORT", "LOCUST_PORT")
FIVE = {"collector", "redis", "taster", "ui", "web"}

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(autouse=True, scope="module")
def docker():
    """Skips where there is no Docker."""
    need_docker()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compose")


@pytest.mark.parametrize("compose", list(composes()), ids=" ".join)
def test_each_compose_accepts_the_file(compose, folder):
    project = Project.make(compose, "beertest", {}, folder)
    assert set(project.run("config", "--services").split()) >= FIVE
    project.add_file("docker-compose.open.yml")
    assert "COLLECTOR_OPEN" in project.run("config")


@pytest.fixture(scope="module")
def stack(folder):
    """The five services, started once; that nothing is left of them is a test, too."""
    ports = {name: any_free() for name in PORTS}
    project = Project.make(next(composes()), f"beertest{os.getpid()}", ports, folder)
    try:
        project.run("up", "-d", "--build")
        yield project
    finally:
        project.run("down", "-v", "--remove-orphans")
        assert project.left() == []


@pytest.fixture(scope="module")
def address(stack):
    """The address of a service once it answers, which on a first start takes a while."""

    def wait_for(service: str) -> str:
        url = f"http://127.0.0.1:{stack.env[service.upper() + '_PORT']}"
        deadline = time.monotonic() + 120
        while True:
            try:
                requests.get(f"{url}/ping", timeout=5).raise_for_status()
                return url
            except requests.RequestException:
                assert time.monotonic() < deadline, stack.run("logs", "--tail=20")
                time.sleep(0.2)

    return wait_for


def test_a_pairing_is_one_trace_across_all_services(stack, address):
    address("taster")
    answer = requests.get(f"{address('web')}/pair/beer", params={"name": "ipa"}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["beer"]
    trace_id = answer.headers["traceresponse"].split("-")[1]
    wait_for_services(address("ui"), trace_id, {"web", "taster", "db", "redis"})
    assert requests.get(f"{address('ui')}/trace/{trace_id}", timeout=10).status_code == 200


def wait_for_services(ui: str, trace_id: str, services: set[str]) -> None:
    """Ask the UI for the trace until spans of all `services` are in it."""
    deadline = time.monotonic() + 30
    while True:
        answer = requests.get(f"{ui}/api/trace/{trace_id}", timeout=10)
        if answer.ok and services <= set(answer.json()["services"]):
            return
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)


def test_the_app_knows_the_address_of_its_traces(stack, address):
    ui = f"http://127.0.0.1:{stack.env['UI_PORT']}"
    assert ui in requests.get(address("web"), timeout=10).text


def test_no_service_runs_as_root(stack, address):
    address("web")
    look = "import psutil; print([p.uids().real for p in psutil.process_iter() if"
    # neither Docker's own init nor what it runs for us, which is this
    look += " p.name().startswith('python') and '-c' not in p.cmdline()])"
    for service in sorted(FIVE - {"redis"}):
        users = stack.run("exec", "-T", service, "python", "-c", look).strip()
        user = OWNER if service == "ui" else 10001  # it reads what only the owner may
        assert users == f"[{user}]", f"{service}: {users}"


def test_each_server_answers_for_localhost_and_for_its_services_name(stack, address):
    for service in sorted(FIVE - {"redis"}):
        for host, status in ((service, 200), ("localhost", 200), ("evil.test", 421)):
            answer = requests.get(f"{address(service)}/ping", headers={"Host": host}, timeout=10)
            assert answer.status_code == status, (service, host)


def test_every_service_becomes_healthy(stack, address):
    address("web")
    deadline = time.monotonic() + 60
    while stack.run("ps").count("(healthy)") < len(FIVE):
        assert time.monotonic() < deadline, stack.run("ps")
        time.sleep(0.5)


def test_other_clients_ports_are_opened_by_another_file(stack, address):
    before = dict(stack.env)
    stack.env |= {f"{name}_PORT": str(any_free()) for name in OPEN_PORTS}
    stack.add_file("docker-compose.open.yml")
    try:
        stack.run("up", "-d", "collector")
        url = address("collector")
        for name in ("OTLP", "ZIPKIN", "JAEGER", "JAEGER_SAMPLING", "XRAY"):
            until(lambda name=name: answers(f"http://127.0.0.1:{stack.env[name + '_PORT']}"))
        datagram = Compact().message("emitBatch", record(f1=batch(span(trace_id=11))))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            compact = ("127.0.0.1", int(stack.env["JAEGER_COMPACT_PORT"]))
            until(lambda: sender.sendto(datagram, compact) and answers(f"{url}/api/trace/b"))
    finally:
        stack.env.clear()
        stack.env |= before
        stack.run("up", "-d", "collector")
        address("collector")


def answers(url: str) -> bool:
    """Return whether there is something at an address."""
    path = "" if "/api/" in url else "/ping"
    return requests.get(url + path, timeout=5).ok


def test_four_workers_make_one_load_run_whose_report_links_to_traces(stack, address):
    ui = address("ui")
    address("web")
    stack.run("--profile", "load", "up", "-d", "--build", "--scale", "locust-worker=4")
    try:
        page = f"http://127.0.0.1:{stack.env['LOCUST_PORT']}"
        until(lambda: len(requests.get(f"{page}/stats/requests", timeout=5).json()["workers"]) == 4)
        asked = {"user_count": 8, "spawn_rate": 8, "host": "http://web:5000"}
        asked |= {"run_time": "6s", "shape_class": "Steps", "think": "0.2"}
        began = requests.post(f"{page}/swarm", data=asked, timeout=10).json()
        assert began["success"], began
        until(lambda: found(ui).get("state") == "finished" and found(ui)["deploys"])
    finally:
        stack.run("--profile", "load", "rm", "-s", "-f", "locust", "locust-worker")
    run = requests.get(f"{ui}/api/runs/1", timeout=5).json()
    assert (run["load"]["workers"], run["load"]["shape"]) == (4, "steps")
    assert run["deploys"][0]["version"] == "step-10"
    assert len(run["levels"]) == 2
    assert {route["name"] for route in run["routes"]} > {"/pair/beer", "/menu"}
    report = requests.get(f"{ui}/load/1/report", timeout=10).text
    traces = {each["trace_id"] for each in run["slowest"]}
    assert len(traces) == 20
    for trace_id in traces:
        assert f'href="{ui}/trace/{trace_id}"' in report
        assert requests.get(f"{ui}/trace/{trace_id}", timeout=10).status_code == 200
        assert "web" in requests.get(f"{ui}/api/trace/{trace_id}", timeout=10).json()["services"]


def found(ui: str) -> dict[str, Any]:
    """The first load run as it is now; empty before there is one."""
    return next(iter(requests.get(f"{ui}/api/runs", timeout=5).json()["runs"]), {})


def until(holds: Callable[[], object], patience: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            if holds():
                return
        except requests.RequestException:
            pass  # it is being started
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.fixture
def runs(stack, address):
    """Runs web and taster with what `STEP` may be; the finished app afterwards."""

    def run(step: str) -> None:
        stack.env["STEP"] = step
        stack.run("up", "-d", "web", "taster")
        address("taster")
        address("web")

    yield run
    del stack.env["STEP"]
    stack.run("up", "-d", "web", "taster")


def test_a_checkpoint_runs_and_so_does_the_learners_code(stack, address, runs):
    runs("4")
    requests.get(f"{address('web')}/pair/beer?name=ipa", timeout=60).raise_for_status()
    log = (stack.repository / "data/logs/timing.log").read_text()
    assert " web " in log
    assert " taster " in log
    mine = stack.repository / "mine"
    assert not mine.exists()

    stack.run("build", "tutor")
    stack.run("run", "--rm", "-T", "tutor", "start")
    other = stack.attempt("run", "--rm", "-T", "tutor", "check")
    assert (other.returncode, "STEP=mine" in other.stdout) == (3, True), other.stdout

    runs("mine")
    early = stack.attempt("run", "--rm", "-T", "tutor", "check", "4")
    assert early.returncode == 1, early.stdout
    stack.run("run", "--rm", "-T", "tutor", "solve", "4", "--yes")
    stack.run("run", "--rm", "-T", "tutor", "check", "4")
    assert "/course/5" in requests.get(f"{address('ui')}/course", timeout=10).text
    assert "Lesson 4" in requests.get(f"{address('ui')}/course", timeout=10).text
    owners = {path.stat().st_uid for path in (mine, *mine.rglob("*"))}
    assert owners == {OWNER}


def test_a_lesson_that_there_is_not_is_refused(stack, monkeypatch):
    monkeypatch.setitem(stack.env, "STEP", "99")
    done = stack.attempt("run", "--rm", "-T", "--no-deps", "taster")
    assert done.returncode == 1
    assert "STEP=99: it must be one of 01, 02" in done.stdout + done.stderr
