"""The apps that the course runs, as the supervisor starts them."""

from __future__ import annotations

from tutor.paths import ROOT
from tutor.sandbox import apps
from tutor.supervisor import plan

PORTS = {"collector": 1, "ui": 2, "taster": 3, "web": 4}


def service(name, app, data):
    return next(each for each in plan.services(PORTS, data, app) if each.name == name)


def test_the_learners_app_reloads_and_logs_beside_its_code(tmp_path):
    web = service("web", apps.mine(ROOT / "mine"), tmp_path)
    assert web.command[1:] == ("-m", "tutor.sandbox.restart_on_save", "mine/web.py")
    assert (web.env["LOG_DIR"], web.env["VERSION"]) == (str(ROOT / "mine"), "mine")


def test_a_checkpoint_runs_as_it_is(course, tmp_path):
    taster = service("taster", apps.checkpoint(course.step(2), tmp_path / "logs"), tmp_path)
    assert taster.command[1:] == (str(course.step(2).folder / "taster.py"),)
    assert taster.env["VERSION"] == "step-2"
    assert taster.env["LOG_DIR"] == str(tmp_path / "logs")


def test_processes_know_where_the_progress_is(course, learner, tmp_path):
    ui = service("ui", apps.mine(learner), tmp_path)
    assert ui.env["COURSE_STATE"] == str(learner / ".progress")
