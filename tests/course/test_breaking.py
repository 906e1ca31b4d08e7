"""Breaking things on purpose, as learners do by accident: there must be help, and no traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.curl import needs_curl
from tutor.course.lessons import Course
from tutor.coursecheck.playground import Playground, learner_environment, playground

COURSE = Course()


@pytest.fixture(scope="module")
def running() -> Iterator[Playground]:
    """A learner who has just started, and whose app is running."""
    with playground() as made:
        made.workshop("start")
        made.up()
        yield made


@pytest.fixture
def ground(running: Playground) -> Iterator[Playground]:
    """The playground of that learner; afterwards everything is put right again."""
    yield running
    files = {path.name: path.read_text() for path in running.mine.glob("*.py")}
    running.save(COURSE.step(1).checkpoint(), files)
    (running.mine / ".progress").write_text("01 begun 2026-11-20 12:00\n")


def save(ground: Playground, name: str, change: Callable[[str], str]) -> None:
    """Change a file as an editor does, and wait until it runs (or fails to)."""
    files = {path.name: path.read_text() for path in ground.mine.glob("*.py")}
    ground.save({**files, name: change(files.get(name, ""))}, files)


def check(ground: Playground, number: int, expected: int) -> str:
    """Return what `./workshop check` prints; it must end with the exit code `expected`."""
    code, printed = ground.run(f"./workshop check {number}")
    assert code == expected, printed
    assert "Traceback" not in printed
    return printed


def pid_of(ground: Playground, name: str) -> int:
    """Return the id of the process `name` of the stack."""
    state = json.loads((ground.folder / "data" / "stack.json").read_text())
    return int(
        next(child["process"]["pid"] for child in state["processes"] if child["name"] == name)
    )


@needs_curl
def test_a_syntax_error_is_shown_with_its_line(ground: Playground) -> None:
    save(ground, "web.py", lambda text: text.replace("def pair() ->", "def pair( ->"))
    printed = check(ground, 1, expected=1)
    assert "SyntaxError" in printed
    assert "mine/web.py:" in printed
    assert "def pair( -> Response:" in printed
    _, answer = ground.run("curl -s localhost:5000/beers")
    assert "SyntaxError" in answer
    assert "Fix it and save the file again" in answer


def test_code_that_does_not_start_is_shown_with_its_line(ground: Playground) -> None:
    save(ground, "web.py", lambda text: text.replace("import os\n", "import os\nimport timin\n"))
    printed = check(ground, 2, expected=1)
    assert "ModuleNotFoundError: No module named 'timin'" in printed
    assert "mine/web.py:" in printed


def test_code_that_fails_in_a_request_is_shown_with_its_line(ground: Playground) -> None:
    save(ground, "web.py", lambda text: text.replace("return jsonify(don", "return jsonfy(don"))
    printed = check(ground, 2, expected=1)
    assert "NameError: name 'jsonfy' is not defined" in printed
    assert "mine/web.py:" in printed


def test_a_taster_that_does_not_run_is_named(ground: Playground) -> None:
    save(ground, "taster.py", lambda text: text.replace("palate = Palate()", "palate = Pallet()"))
    printed = check(ground, 2, expected=1)
    assert "NameError: name 'Pallet' is not defined" in printed
    assert "mine/taster.py:" in printed


def test_once_it_is_fixed_it_goes_on(ground: Playground) -> None:
    save(ground, "web.py", lambda text: text + "oops(\n")
    check(ground, 2, expected=1)
    save(ground, "web.py", lambda text: text.replace("oops(\n", ""))
    assert "a line about `pair`" in check(ground, 2, expected=1)


def test_the_check_of_a_half_finished_lesson_says_what_is_missing(ground: Playground) -> None:
    save(ground, "timing.py", lambda _: COURSE.step(2).checkpoint()["timing.py"])
    printed = check(ground, 2, expected=1)
    assert "a line about `pair`" in printed
    assert "no line" in printed
    assert "mine/web.py:" in printed
    assert "./workshop hint 2" in printed


def test_a_lesson_that_was_skipped_is_named(ground: Playground) -> None:
    printed = check(ground, 4, expected=1)
    assert "lessons 1, 2 and 3 are not done yet, and this one builds on them" in printed
    assert "./workshop lesson 1" in printed


def test_a_redis_that_hangs_is_not_the_learners_mistake(ground: Playground) -> None:
    with stopped(pid_of(ground, "redis")):
        printed = check(ground, 2, expected=3)
    assert "Redis does not answer" in printed
    assert "not yet" not in printed


def test_a_collector_that_is_killed_comes_back(ground: Playground) -> None:
    os.kill(pid_of(ground, "collector"), signal.SIGKILL)
    check(ground, 2, expected=1)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Have a process hang for the `with` block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """Start programs that heed Ctrl-C, even if the shell that runs the tests has told us not to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_check_that_is_interrupted_leaves_all_as_it_was(ground: Playground) -> None:
    before = (ground.mine / ".progress").read_text()
    with stopped(pid_of(ground, "redis")):  # so that it is not over before it is interrupted
        with heeding_interrupts():
            checking = subprocess.Popen(
                ["./workshop", "check", "2"],
                cwd=ground.folder,
                env=learner_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        assert checking.stdout is not None
        assert "Checking lesson 02" in checking.stdout.readline()
        checking.send_signal(signal.SIGINT)
        printed, _ = checking.communicate(timeout=10)
    assert checking.returncode == 130
    assert "Traceback" not in printed
    assert (ground.mine / ".progress").read_text() == before
    check(ground, 2, expected=1)


def test_other_code_that_runs_is_not_taken_for_the_learners(ground: Playground) -> None:
    assert "Stopping mine/ to run steps/02-timing-a-route/." in ground.up("--step", "2")
    printed = check(ground, 2, expected=3)
    assert "steps/02-timing-a-route/, not your code" in printed
    assert "./workshop up --mine" in printed
    ground.workshop("down")
    ground.up()


def test_a_port_that_is_taken_is_named_with_who_holds_it(ground: Playground) -> None:
    ground.workshop("down")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        code, printed = ground.run(f"./workshop up --mine --web-port {port}")
    assert code == 3
    assert f"port {port} for web is taken by" in printed
    assert f"(process {os.getpid()})" in printed
    printed = check(ground, 2, expected=3)
    assert "your app is not running. Start it: ./workshop up --mine" in printed
    ground.up()
