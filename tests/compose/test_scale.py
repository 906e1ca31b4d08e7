"""The profile `scale` in containers: ClickHouse, two collectors, nginx before them, and Locust.

Where the images of ClickHouse and nginx can be pulled, they are what is tested. Elsewhere images
made of Debian's packages stand in for them (`stand_ins/`): ClickHouse 18.16 and nginx 1.22.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.compose.engine import Project, composes, need_docker
from tests.servers import ROOT
from tests.waiting import wait_until
from tutor.ports import any_free

PORTS = ("WEB_PORT", "TASTER_PORT", "COLLECTOR_PORT", "UI_PORT", "LOCUST_PORT", "BALANCER_PORT")
SCALE = ("--env-file", "docker/scale.env")
STAND_INS = {"balancer": "nginx", "clickhouse": "clickhouse"}
"""By service, the folder with what stands in for its image."""
PULL_S = 300
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")

pytestmark = pytest.mark.timeout(900)


def test_everything_is_published_to_this_machine_only() -> None:
    published = re.findall(r'"(\S*\$\{[A-Z0-9_]+_PORT:-\d+\}:\d+\S*)"', TEXT)
    assert len(published) > 10
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert "ports" not in service("clickhouse")


def service(name: str) -> str:
    """Return the lines of a service in docker-compose.yml."""
    [found] = re.findall(rf"^  {name}:\n((?:    .*\n)+)", TEXT, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("compose", list(composes()), ids=" ".join)
def test_each_compose_accepts_it(compose: list[str], tmp_path: Path) -> None:
    need_docker()
    project = Project.make(compose, "scaletest", {}, tmp_path)
    configuration = project.run(*SCALE, "config")
    assert "clickhouse://tracer@clickhouse:8123/tracing" in configuration
    assert "http://balancer:8126" in configuration
    assert "http://collector:8126" not in configuration


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The whole profile with four workers, started once; nothing is left of it."""
    need_docker()
    ports = {name: any_free() for name in PORTS}
    folder = tmp_path_factory.mktemp("scale")
    project = Project.make(next(composes()), f"scaletest{os.getpid()}", ports, folder)
    stand_in(project, folder)
    try:
        project.run(*SCALE, "up", "-d", "--build", "--scale", "locust-worker=4")
        wait_until(lambda: project.run(*SCALE, "ps").count("(healthy)") == 8, 120)
        yield project
    finally:
        project.run(*SCALE, "down", "-v", "--remove-orphans", "-t", "3")
        assert project.left() == []


def stand_in(project: Project, folder: Path) -> None:
    """Have the project use other images where its own can neither be found nor pulled."""
    lines = []
    for name, stand_in in STAND_INS.items():
        [image] = re.findall(r"image: (\S+)", service(name))
        if succeeds("image", "inspect", image) or succeeds("pull", "-q", image):
            continue
        other = f"beer-and-donuts/stand-in-{stand_in}"
        built = Path(__file__).parent / "stand_ins" / stand_in
        assert succeeds("build", "-q", "--network", "host", "-t", other, str(built))
        lines.append(f"  {name}: {{image: {other}}}\n")
    if lines:
        file = folder / "stand-ins.yml"
        file.write_text("".join(["services:\n", *lines]))
        project.add_file(str(file))


def succeeds(*command: str) -> bool:
    """Return whether a command of Docker's does what it is for."""
    done = subprocess.run(["docker", *command], capture_output=True, timeout=PULL_S)
    return done.returncode == 0


def url(project: Project, name: str) -> str:
    """Return the address of what is published on a port."""
    return f"http://127.0.0.1:{project.env[name]}"


def asked_inside(project: Project, collector: str, path: str) -> Any:
    """Return the answer of one of the collectors, asked in its own container."""
    ask = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"
    command = ("exec", "-T", collector, "python", "-c", ask, f"http://127.0.0.1:8126{path}")
    return json.loads(project.run(*SCALE, *command))


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds of servers some of which may not answer yet."""

    def does() -> object:
        try:
            return holds()
        except requests.RequestException:
            return False

    wait_until(does, 60)


def pair(project: Project) -> str:
    """Ask the app for a pairing; return the id of its trace once all services' spans are stored."""
    answer = requests.get(f"{url(project, 'WEB_PORT')}/pair/beer?name=ipa", timeout=60)
    assert answer.status_code == 200, answer.text
    trace_id = answer.headers["traceresponse"].split("-")[1]
    page = f"{url(project, 'UI_PORT')}/api/trace/{trace_id}"

    def is_whole() -> bool:
        found = requests.get(page, timeout=10)
        return found.ok and {"web", "taster", "db", "redis"} <= set(found.json()["services"])

    eventually(is_whole)
    return trace_id


def test_any_collector_has_the_traces_of_the_app(project: Project) -> None:
    trace = f"/api/trace/{pair(project)}"
    one = asked_inside(project, "collector", trace)
    assert asked_inside(project, "collector-2", trace) == one
    for name in ("COLLECTOR_PORT", "BALANCER_PORT"):
        assert requests.get(url(project, name) + trace, timeout=10).json() == one


def test_both_collectors_take_in_what_four_workers_set_off(project: Project) -> None:
    page = url(project, "LOCUST_PORT")
    eventually(
        lambda: len(requests.get(f"{page}/stats/requests", timeout=5).json()["workers"]) == 4
    )
    asked = {"user_count": 8, "spawn_rate": 8, "host": "http://web:5000", "run_time": "4s"}
    assert requests.post(f"{page}/swarm", data=asked, timeout=10).json()["success"]

    def runs() -> list[dict[str, Any]]:
        answer = requests.get(f"{url(project, 'UI_PORT')}/api/runs", timeout=5)
        return list(answer.json()["runs"])

    eventually(lambda: any(run["state"] == "finished" for run in runs()))
    (run,) = runs()
    assert run["load"]["workers"] == 4
    search = f"/api/traces?q=load.run:{run['number']}&limit=1"
    for collector in ("collector", "collector-2"):
        assert asked_inside(project, collector, "/stats")["received"]["spans"] > 0
        assert asked_inside(project, collector, search)["matched"] >= run["total"]["requests"]


def test_the_page_goes_on_without_the_first_collector(project: Project) -> None:
    project.run(*SCALE, "stop", "collector")
    try:
        pair(project)
    finally:
        project.run(*SCALE, "start", "collector")
    eventually(lambda: requests.get(f"{url(project, 'COLLECTOR_PORT')}/ping", timeout=5).ok)


def test_the_balancer_answers_for_localhost_and_for_its_services_name(project: Project) -> None:
    for host, status in (("balancer", 200), ("localhost", 200), ("evil.test", 421)):
        headers = {"Host": host}
        answer = requests.get(f"{url(project, 'BALANCER_PORT')}/ping", headers=headers, timeout=10)
        assert answer.status_code == status, host
