"""What becomes of a check, on a little app of one file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import running
from tutor.checks import runner
from tutor.errors import Exit
from tutor.failure import CheckFailed, expect
from tutor.sandbox.target import Target

APP = Path(__file__).parents[1] / "little_app.py"


@pytest.fixture(scope="module")
def little_app():
    with running(str(APP)) as server:
        yield server


@pytest.fixture
def target(little_app, tmp_path, steps):
    """The little app, with the learner's code in mine/ (it is not what runs)."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "web.py").write_text('@app.get("/crash")\ndef pair():\n    return 1\n')
    url = little_app.url
    return Target("mine/", mine, mine, url, url, url, "http://ui")


def indented(body):
    return [f"    {line}" for line in body.splitlines()]


@pytest.fixture
def judged(course, target):
    """Write a check, run it, and return the result."""

    def judged(body, target=target):
        step = course.step(1)
        lines = ["from tutor.checks import *", "def check(app):", *indented(body)]
        (step.folder / "check.py").write_text("\n".join(lines))
        return runner.check(step, lambda: target, course)

    return judged


def test_a_check_that_has_nothing_to_say_has_passed(judged):
    result = judged("app.get('/')")
    assert (result.outcome, result.exit_code) == ("passed", Exit.GOOD)
    assert (result.lesson, result.title, result.code) == (1, "Look", "mine/")


def test_a_failure_says_all_that_helps(judged, target):
    result = judged(
        "reply = app.get('/')\n"
        "expect(False, expected='a', seen=1, look=app.code.place('pair'), trace='t', detail=['b'])"
    )
    assert (result.outcome, result.exit_code) == ("failed", Exit.CHECK_FAILED)
    assert (result.expected, result.seen, result.trace, result.detail) == ("a", "1", "t", "b")
    assert result.look == f"{target.code}/web.py:2"


def test_another_status_is_told_in_the_words_of_the_app(judged, target):
    result = judged("app.get('/crash')")
    assert result.expected == f"200 from {target.web}/crash"
    assert result.seen == "500: NameError: name 'x' is not defined (mine/web.py, line 9)"
    assert result.look == "mine/web.py:9"


def test_what_the_app_can_t_help_is_not_its_fault(judged):
    result = judged("app.get('/away')")
    assert (result.outcome, result.exit_code) == ("not ready", Exit.NOT_READY)
    assert result.problem == "the app can't do its work: Redis does not answer"


def test_an_odd_answer_over_which_the_check_stumbles(judged, steps):
    result = judged("app.get('/').json()['beer']")
    assert result.outcome == "failed"
    assert result.expected == "answers and traces that the check can read"
    assert result.seen.startswith("JSONDecodeError")
    assert result.look == f"{steps}/01-look/check.py:3"


def test_nobody_there(judged, target, closed_port):
    result = judged("pass", replace(target, web=f"http://127.0.0.1:{closed_port}"))
    assert result.outcome == "not ready"
    assert f"no answer from http://127.0.0.1:{closed_port}/ping" in result.problem


def test_code_that_does_not_start(judged, target):
    broken = replace(target, taster=f"{target.web}/broken")
    result = judged("pass", broken)
    assert result.outcome == "failed"
    assert (result.seen, result.look) == ("NameError: name 'y'", "mine/taster.py:3")
    assert result.detail == "more"


def test_an_answer_without_a_trace(judged):
    result = judged("app.trace(app.get('/'))")
    assert result.outcome == "failed"
    assert "`traceresponse`" in result.expected


def test_a_trace_is_waited_for_until_it_is_whole(judged):
    result = judged(
        "trace = app.trace(app.get('/traced'))\n"
        "expect(len(trace.spans) == 3, expected='3 spans', seen=len(trace.spans), trace=trace)"
    )
    assert result.outcome == "passed", result


def test_a_trace_that_never_comes(judged, monkeypatch):
    monkeypatch.setattr("tutor.checks.probe.TRACE_TIMEOUT_S", 0.3)
    result = judged("app.trace(app.get('/lost'))")
    assert result.outcome == "failed"
    assert result.seen == "it has not arrived"
    assert result.trace.startswith("http://ui/trace/")


def test_probes_are_marked_and_send_what_they_are_told(judged):
    result = judged(
        "sent = app.get('/headers', headers={'X-Request-ID': 'abc'}).json()\n"
        "expect(sent['X-Request-ID'] == 'abc', expected='it', seen=sent)\n"
        "expect(sent['User-Agent'] == 'workshop-check', expected='a mark', seen=sent)\n"
        "expect(sent['X-Workshop-Probe'], expected='a mark', seen=sent)"
    )
    assert result.outcome == "passed", result


def test_the_last_result_is_kept(judged, tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    runner.save_result(judged("expect(False, expected='a', seen='b')"))
    kept = json.loads((tmp_path / "data" / "course" / "last-check.json").read_text())
    assert (kept["lesson"], kept["outcome"], kept["expected"]) == (1, "failed", "a")


def test_a_lesson_without_a_check(course, target):
    result = runner.check(course.step(2), lambda: target, course)
    assert result.outcome == "not ready"
    assert "this lesson has no check" in result.problem


def test_expect_goes_on_if_all_is_well():
    expect([1], expected="something", seen="nothing")
    with pytest.raises(CheckFailed, match="expected something; seen: nothing"):
        expect([], expected="something", seen="nothing")
