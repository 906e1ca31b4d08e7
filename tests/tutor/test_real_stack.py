"""The commands with the real stack: all five processes, on free ports, in their own folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.curl import needs_curl
from tests.servers import ROOT
from tutor.ports import any_free
from tutor.supervisor.plan import DEFAULT_PORTS

LAUNCHER = str(ROOT / "workshop")


class Workshop:
    """A data folder and a port for each process; runs `./workshop` there."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ports = {name: any_free() for name in DEFAULT_PORTS}
        self.env = {**os.environ, "DATA_DIR": str(data), "NO_COLOR": "1"}
        self.env.pop("REDIS_URL", None)
        self.port_options = [f"--{name}-port={port}" for name, port in self.ports.items()]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def run(self, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [LAUNCHER, *arguments], env=self.env, capture_output=True, text=True, timeout=90
        )
        return done.returncode, done.stdout, done.stderr

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [LAUNCHER, *arguments],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    made = Workshop(tmp_path_factory.mktemp("workshop"))
    code, out, err = made.run("up", *made.port_options)
    try:
        assert code == 0, err
        assert made.url("web") in out
        assert made.url("ui") in out
        yield made
    finally:
        assert made.run("down")[0] == 0
    assert made.run("status")[0] == 3


def test_status(workshop):
    code, out, _ = workshop.run("status")
    assert code == 0
    for name in ("redis", "collector", "ui", "taster", "web"):
        assert re.search(rf"{name} +running +\d+ +\d+ MB .*:{workshop.ports[name]}\n", out)
    assert "The stack is running, with the code in services/, started" in out
    memory = int(re.findall(r"(\d+) MB in total", out)[0])
    assert memory < 400  # the design promises it


def test_every_server_says_which_stack_it_belongs_to(workshop):
    identity = json.loads((workshop.data / "stack.json").read_text())["id"]
    assert re.fullmatch("[0-9a-f]{16}", identity)
    for name in ("collector", "ui", "taster", "web"):
        with urllib.request.urlopen(f"{workshop.url(name)}/ping", timeout=9) as answer:
            assert answer.headers["Workshop-Stack"] == identity, name


def test_up_twice(workshop):
    code, out, _ = workshop.run("up")
    assert code == 0
    assert "already running" in out
    assert workshop.url("web") in out


def test_its_other_ports_are_not_opened_while_it_runs(workshop):
    code, out, _ = workshop.run("up", "--open")
    assert code == 0
    assert "started without --open. To open the ports: ./workshop down, then" in out
    assert "Open for other clients" not in workshop.run("status")[1]


def test_a_demo_beside_it(workshop):
    code, out, err = workshop.run("demo")
    assert code == 3
    assert "already running" in out
    assert "./workshop down" in err


def test_get_prints_the_answer_and_the_trace(workshop):
    code, out, err = workshop.run("get", "/pair/beer?name=ipa")
    assert code == 0, err
    assert out.startswith("200 in ")
    assert '"beer": "ipa"' in out
    assert re.search(rf"Trace: {workshop.url('ui')}/trace/[0-9a-f]{{32}}\n", out)
    assert re.search(r"×\d\d +db sqlalchemy.query SELECT", out)
    assert re.search(r"×\d\d +redis redis.command GET", out)
    assert re.search(r"×\d+ +taster palate.taste", out)


def test_get_can_show_every_span(workshop):
    _, out, _ = workshop.run("get", "/pair/beer?name=ipa", "--all")
    assert "×" not in out
    assert out.count("palate.taste") > 5


def test_get_of_an_error_is_an_answer(workshop):
    code, out, _ = workshop.run("get", "/pair/beer?name=water")
    assert code == 0
    assert out.startswith("404 in ")
    assert "water" in out


def test_get_of_another_server_than_ours(workshop):
    code, out, _ = workshop.run("get", f"{workshop.url('collector')}/stats")
    assert code == 0
    assert "its trace is not known" in out


def test_logs(workshop):
    assert "web listening on" in workshop.run("logs", "web")[1]
    code, _, err = workshop.run("logs", "tasters")
    assert code == 2
    assert "there is no log of 'tasters'. Did you mean taster? Logs: collector, " in err


def test_open(workshop, monkeypatch):
    monkeypatch.setitem(workshop.env, "BROWSER", "true")  # a browser that opens nothing
    code, out, _ = workshop.run("open")
    assert code == 0
    assert out == f"{workshop.url('ui')}\n"


def test_load_is_reported_stored_and_leaves_traces(workshop):
    code, out, err = workshop.run(
        "load", "--users=4", "--run-time=4s", "--shape=steps", "--think=0s", "--workers=2"
    )
    assert code == 0, err
    run = ask(f"{workshop.url('collector')}/api/runs/1")
    assert run["state"] == "finished"
    assert run["deploys"][0]["version"] == "step-10"
    assert run["dials"]["TASTE_MS"]["value"] == run["dials"]["TASTE_MS"]["default"]
    assert "Run 1 · step-10 · steps up to 4 visitors" in out
    assert re.search(rf"\nall +{run['total']['requests']:,} ", out), out
    assert "\x1b" not in out
    assert "█" not in out, "plain where there is no terminal"
    report = Path(re.findall(r"Its report: (\S+)", out)[0])
    assert report == workshop.data / "runs" / "1.html"
    linked = re.findall(rf'href="({workshop.url("ui")}/trace/[0-9a-f]{{32}})"', report.read_text())
    assert {link[-32:] for link in linked} >= {sample["trace_id"] for sample in run["slowest"]}
    with urllib.request.urlopen(linked[0], timeout=9) as page:
        assert page.status == 200
    assert run["load"]["workers"] == 2
    traces = ask(f"{workshop.url('collector')}/api/traces?q=load.run:1")
    assert traces["matched"] >= run["total"]["requests"]


def ask(url: str) -> dict[str, Any]:
    """The JSON at `url`."""
    with urllib.request.urlopen(url, timeout=9) as answer:
        return dict(json.load(answer))


def test_ctrl_c_ends_a_load_run_and_keeps_it(workshop):
    load = workshop.start("load", "--users", "3", "--run-time", "60s", "--think", "0s")
    assert load.stdout is not None
    with load:
        deadline = time.monotonic() + 30
        while not ask(f"{workshop.url('collector')}/api/summary?q=load.run:2")["traces"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        load.send_signal(signal.SIGINT)
        rest = load.stdout.read()
    assert load.returncode == 130, rest
    assert "(interrupted)" in rest
    assert "Traceback" not in rest
    number = int(re.findall(r"Run (\d+) · ", rest)[0])
    run = ask(f"{workshop.url('collector')}/api/runs/{number}")
    assert (number, run["state"]) == (2, "interrupted")
    assert run["total"]["requests"] > 0


README = (ROOT / "README.md").read_text()


@needs_curl
@pytest.mark.parametrize("line", re.findall(r"^curl .*$", README, re.MULTILINE))
def test_every_curl_in_the_readme_works(workshop, line, tmp_path):
    name_of = {str(port): name for name, port in DEFAULT_PORTS.items()}
    line = re.sub(r"(?<=localhost:)\d+", lambda port: str(workshop.ports[name_of[port[0]]]), line)
    done = subprocess.run(
        [*shlex.split(line), "--fail", "--silent", "--show-error"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or list(tmp_path.iterdir())


def test_a_crash_is_named_and_the_process_restarted(workshop):
    before = pid_of(workshop, "taster")
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while pid_of(workshop, "taster") in (before, None):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    _, out, _ = workshop.run("status")
    assert "taster was killed by signal 9" in out
    assert "restarted 1×" in out


def pid_of(workshop: Workshop, name: str) -> int | None:
    line = re.search(rf"{name} +\w+ +(\d+) ", workshop.run("status")[1])
    return int(line[1]) if line else None


def test_a_demo_shows_what_arrives_and_leaves_nothing(tmp_path):
    workshop = Workshop(tmp_path)
    code, out, err = workshop.run("demo", "--for", "6s", *workshop.port_options)
    assert code == 0, out + err
    assert workshop.url("web") in out
    assert workshop.url("locust") in out
    assert re.search(r"Stored: [\d,]+ traces, [\d,]+ spans", out)
    assert re.search(r"GET /pair/beer: p50 [\d.]+ \w+, p95 [\d.]+ \w+", out)
    assert re.search(rf"slowest one, .*: {workshop.url('ui')}/trace/[0-9a-f]{{32}}\n", out)
    assert workshop.run("status")[0] == 3
    assert not (tmp_path / "stack.json").exists()


def test_ctrl_c_ends_a_demo_well(tmp_path):
    workshop = Workshop(tmp_path)
    demo = workshop.start("demo", "--no-load", *workshop.port_options)
    assert demo.stdout is not None
    with demo:
        for line in demo.stdout:
            if "Ready" in line:
                break
        time.sleep(0.5)
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
    assert demo.returncode == 0, rest
    assert "No pairings were requested" in rest
    assert not (tmp_path / "stack.json").exists()


def test_ctrl_c_while_a_demo_starts_leaves_nothing(tmp_path):
    workshop = Workshop(tmp_path)
    demo = workshop.start("demo", *workshop.port_options)
    assert demo.stdout is not None
    with demo:
        assert "Starting" in demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
    assert demo.returncode == 130, rest
    assert "Traceback" not in rest
    assert not (tmp_path / "stack.json").exists()


@pytest.mark.parametrize("command", [["get", "/beers"], ["load"], ["open"]])
def test_commands_that_need_the_stack_say_so(command, tmp_path):
    workshop = Workshop(tmp_path)
    workshop.env |= {
        f"{name.upper()}_URL": workshop.url(name) for name in ("web", "ui", "collector")
    }
    code, _, err = workshop.run(*command)
    assert code == 3
    assert "./workshop up" in err
    assert "Traceback" not in err
