"""The Course screen as a browser without scripts sees it."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

ONE_WAY = "## One way to do it\n\nLike this.\n"


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder of a learner whose course has three lessons."""
    for number, title in enumerate(("Look", "Time it", "Drill <down>"), start=1):
        folder = tmp_path / "steps" / f"{number:02}-lesson"
        folder.mkdir(parents=True)
        (folder / "README.md").write_text(f"# {number:02} {title}\n\nDo *this* first.\n\n{ONE_WAY}")
        (folder / "learned.md").write_text(f"Looking is **observing** {number}.\n")
    (tmp_path / "steps" / "notes").mkdir()
    monkeypatch.setenv("STEPS_DIR", str(tmp_path / "steps"))
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / ".progress"))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def progress(learner: Path, *lines: str) -> None:
    (learner / ".progress").write_text("\n".join(lines))


def last_check(learner: Path, **result: object) -> None:
    (learner / "course").mkdir()
    empty = dict.fromkeys(("expected", "seen", "look", "trace", "detail", "problem"), "")
    known = {"lesson": 2, "outcome": "failed", "when": "2026-11-20T12:00:00"}
    text = json.dumps({**empty, **known, **result})
    (learner / "course" / "last-check.json").write_text(text)


def test_a_new_learner_sees_the_first_lesson(client: FlaskClient, learner: Path) -> None:
    text = client.get("/course").text
    assert "<h1>01 Look</h1>" in text
    assert "0 of 3 done" in text
    assert "./workshop check --watch" in text


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["01 begun 2026-11-20 12:00, 2 hints"], "01 Look"),
        (["01 passed 2026-11-20 12:00"], "02 Time it"),
        (["02 begun 2026-11-20 12:00"], "02 Time it"),
        (["gibberish", "01 passed 2026-11-20 12:00", "03 passed 2026-11-20 12:00"], "03 Drill"),
    ],
)
def test_the_lesson_that_the_learner_is_at(
    client: FlaskClient, learner: Path, lines: list[str], title: str
) -> None:
    progress(learner, *lines)
    assert f"<h1>{title}" in client.get("/course").text


def test_what_is_done_is_marked_and_counted(client: FlaskClient, learner: Path) -> None:
    progress(learner, "01 passed 2026-11-20 12:00", "02 begun 2026-11-20 12:10")
    text = client.get("/course/3").text
    assert "1 of 3 done" in text
    assert text.count('<span class="reader">done</span>') == 1
    assert "observing" not in text
    assert text.count("you are here") == 1
    assert "Drill &lt;down&gt;" in text


def test_a_lesson_that_is_done_says_what_it_taught(client: FlaskClient, learner: Path) -> None:
    progress(learner, "01 passed 2026-11-20 12:00")
    text = client.get("/course/1").text
    assert "Lesson 1 is done" in text
    assert "Looking is <strong>observing</strong> 1." in text
    assert 'Next: <a href="/course/2">Time it</a>' in text


def test_the_next_lesson_is_the_next_that_there_is(client: FlaskClient, learner: Path) -> None:
    (learner / "steps" / "02-lesson").rename(learner / "steps" / "20-lesson")
    progress(learner, "03 passed 2026-11-20 12:00")
    assert 'Next: <a href="/course/20">Time it</a>' in client.get("/course/3").text
    assert "<h1>02 Time it</h1>" in client.get("/course").text


def test_solutions_are_folded_unless_all_are_asked_for(client: FlaskClient, learner: Path) -> None:
    text = client.get("/course/1").text
    assert '<details class="solution"><summary>' in text
    assert '<a href="/course/1?show=all">Show all solutions</a>' in text
    text = client.get("/course/1?show=all").text
    assert '<details class="solution" open><summary>' in text
    assert 'href="/course/2?show=all"' in text
    assert '<a href="/course/1">Fold all solutions</a>' in text


def test_the_parts_that_change_come_by_themselves(alone: FlaskClient, learner: Path) -> None:
    progress(learner, "02 passed 2026-11-20 12:00")
    last_check(learner, outcome="passed")
    text = alone.get("/course/now?lesson=2&show=all").text
    assert "Lesson 2: done" in text
    assert "Lesson 2 is done" in text
    assert 'href="/course/3?show=all"' in text
    assert "Do <em>this</em>" not in text
    assert "Lesson 2 is done" not in alone.get("/course/now?lesson=").text
    assert alone.get("/course/now?lesson=9").status_code == 404


@pytest.mark.parametrize(
    ("is_checking", "words"),
    [(True, "Checking lesson 2 …"), (False, "Lesson 2 is checked whenever you save.")],
)
def test_a_check_that_is_running_is_shown(
    client: FlaskClient, learner: Path, is_checking: bool, words: str
) -> None:
    (learner / "course").mkdir()
    with open(learner / "course" / "running-check.json", "w") as file:
        file.write(json.dumps({"lesson": 2, "is_checking": is_checking, "watches": True}))
        file.flush()
        assert words not in client.get("/course").text
        fcntl.flock(file, fcntl.LOCK_EX)
        assert words in client.get("/course").text


def test_a_failed_check_says_what_it_expected_and_saw(client: FlaskClient, learner: Path) -> None:
    last_check(
        learner,
        expected="a line for each request",
        seen="<none>",
        look="mine/web.py:12",
        trace="http://127.0.0.1:8080/trace/0123456789abcdef0123456789abcdef",
    )
    text = client.get("/course").text
    assert "Lesson 2: not yet" in text
    assert "a line for each request" in text
    assert "&lt;none&gt;" in text
    assert "mine/web.py:12" in text
    assert 'href="/trace/0123456789abcdef0123456789abcdef"' in text


def test_a_check_that_passed_and_one_that_could_not_run(client: FlaskClient, learner: Path) -> None:
    last_check(learner, outcome="passed")
    assert "Lesson 2: done" in client.get("/course").text
    (learner / "course" / "last-check.json").write_text("not json")
    assert "None yet" in client.get("/course").text


def test_what_a_check_measured(client: FlaskClient, learner: Path) -> None:
    last_check(learner, outcome="passed", notes={"ratio": "2.1×; you predicted <2>"})
    text = client.get("/course").text
    assert "<dt>ratio</dt><dd>2.1×; you predicted &lt;2&gt;</dd>" in text


def test_traces_are_beside_the_lesson(client: FlaskClient, learner: Path) -> None:
    text = client.get("/course").text
    assert 'href="/trace/' in text
    assert '<p class="none" id="no-traces" hidden>' in text


def test_the_first_lessons_need_no_collector(alone: FlaskClient, learner: Path) -> None:
    answer = alone.get("/course")
    assert answer.status_code == 200
    assert "nothing watches the app before lesson 6" in answer.text


def test_a_lesson_that_is_not_there(client: FlaskClient, learner: Path) -> None:
    answer = client.get("/course/9")
    assert answer.status_code == 404
    assert "There is no lesson 9." in answer.text


def test_without_lessons_there_is_no_course(
    client: FlaskClient, learner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'href="/course"' in client.get("/").text
    monkeypatch.setenv("STEPS_DIR", str(learner / "nowhere"))
    assert 'href="/course"' not in client.get("/").text
    assert client.get("/course").status_code == 404


def test_the_glossary(client: FlaskClient, learner: Path) -> None:
    assert "Glossary" in client.get("/course/glossary").text
