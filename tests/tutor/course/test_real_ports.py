"""Lessons with the ports of the running stack."""

from __future__ import annotations

import os

import pytest

from tutor.cli import main
from tutor.course.lessons import Course
from tutor.course.real_ports import PORT, real_ports, with_ports
from tutor.paths import state_file
from tutor.supervisor import state
from tutor.supervisor.plan import DEFAULT_PORTS
from tutor.supervisor.process import ProcessId
from tutor.supervisor.state import ProcessState, StackState

PORTS = {5000: 5005, 5001: 5006, 8080: 8085, 8126: 8127}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("curl 'localhost:5000/pair/beer?name=ipa'", "curl 'localhost:5005/pair/beer?name=ipa'"),
        ("<http://localhost:8080/routes>", "<http://localhost:8085/routes>"),
        ("[Map](http://127.0.0.1:8080/map)", "[Map](http://127.0.0.1:8085/map)"),
        ("http://[::1]:8126", "http://[::1]:8127"),
        ("you ──▶ web :5000 ──▶ taster :5001", "you ──▶ web :5005 ──▶ taster :5006"),
        ("visits to `web` (port 5000, or …)", "visits to `web` (port 5005, or …)"),
        ("localhost:50001 localhost:500", "localhost:50001 localhost:500"),
        ("5000 visitors; beer.example:5000", "5000 visitors; beer.example:5000"),
        ("12:5000 port=5000", "12:5000 port=5000"),
    ],
)
def test_what_is_replaced(written, shown):
    assert with_ports(written, PORTS) == shown
    assert with_ports(f"```console\n$ {written}\n```\n", PORTS) == f"```console\n$ {shown}\n```\n"


@pytest.mark.parametrize("language", ["diff", "python"])
def test_the_apps_code_stays_as_it_is(language):
    code = f'```{language}\nTASTER_URL or "http://127.0.0.1:5001"\n```\n'
    assert with_ports(f"{code}localhost:5001\n", PORTS) == f"{code}localhost:5006\n"


@pytest.mark.parametrize("step", Course().steps, ids=str)
def test_it_can_be_undone_in_every_lesson(step):
    there = {usual: 40000 + usual for usual in DEFAULT_PORTS.values()}
    back = {new: usual for usual, new in there.items()}
    for file in (step.readme, step.folder / "hints.md"):
        text = file.read_text()
        assert with_ports(text, dict(zip(there, there, strict=True))) == text
        shown = with_ports(text, there)
        assert with_ports(shown, back) == text
        assert "curl -sS localhost:5000" not in shown
        assert (shown != text) == bool(PORT.search(text))


def test_in_docker_they_are_the_published_ones(learner, monkeypatch):
    monkeypatch.setenv("WEB_PORT", "5005")
    monkeypatch.setenv("UI_PORT", "")
    ports = real_ports()
    assert (ports[5000], ports[8080]) == (5005, 8080)


def test_lessons_and_hints_name_the_ports_of_the_stack(learner, course, capsys):
    text = "# 01 Look\n\n```console\n$ curl -s localhost:5000/beers\n```\n"
    (course.step(1).folder / "README.md").write_text(text)
    (course.step(1).folder / "hints.md").write_text("## 1 place\n\nSee http://localhost:8080/.\n")
    main(["start"])
    assert "localhost:5000/beers" in printed(capsys, "lesson")
    state_file().parent.mkdir()
    me = ProcessId.of(os.getpid())
    urls = {"web": "http://127.0.0.1:5005", "ui": "http://127.0.0.1:8085"}
    processes = [ProcessState(name, "running", url, "", me) for name, url in urls.items()]
    state.write_if_changed(state_file(), StackState(me, 0, "running", processes), None)
    assert "$ curl -s localhost:5005/beers" in printed(capsys, "lesson")
    assert "$ curl -s localhost:5005/beers" in printed(capsys, "lesson", "1")
    assert "http://localhost:8085/." in printed(capsys, "hint")


def printed(capsys, *arguments):
    main(arguments)
    return capsys.readouterr().out
