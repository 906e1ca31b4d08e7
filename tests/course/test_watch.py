"""`./workshop check --watch`, at a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator

import pytest

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
def ground(running: Playground) -> Playground:
    """The playground of that learner, who is at lesson 2."""
    progress = "01 passed 2026-11-20 12:00\n02 begun 2026-11-20 12:00\n"
    (running.mine / ".progress").write_text(progress)
    return running


class Watching:
    """The command at a terminal: what it shows, and keys to press. It is started as a script in the
    background starts programs: deaf to Ctrl-C."""

    def __init__(self, ground: Playground) -> None:
        self._screen, theirs = pty.openpty()
        self.process = subprocess.Popen(
            ["sh", "-c", "trap '' INT; exec ./workshop check --watch"],
            cwd=ground.folder,
            env=learner_environment(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def press(self, key: str) -> None:
        os.write(self._screen, key.encode())

    def until(self, pattern: str, timeout_s: float = 30) -> str:
        """Return all that is shown until `pattern` is."""
        deadline, shown = time.monotonic() + timeout_s, ""
        while not re.search(pattern, shown, re.DOTALL):
            assert time.monotonic() < deadline, shown
            if select.select([self._screen], [], [], 0.1)[0]:
                shown += os.read(self._screen, 65536).decode("utf-8", "replace")
        return shown

    def end(self) -> int:
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self._screen)


def test_it_checks_after_every_save_and_goes_on_only_when_told_to(ground: Playground) -> None:
    watching = Watching(ground)
    try:
        shown = watching.until("q quit")
        assert "Lesson 02 Timing a route: not yet" in shown
        assert f"[█▶{'·' * (len(COURSE.steps) - 2)}] 1/{len(COURSE.steps)}" in shown
        assert "n next lesson" not in shown
        watching.press("n")
        watching.until("This lesson is not done yet.")
        watching.press("h")
        watching.until("A decorator")

        files = {path.name: path.read_text() for path in ground.mine.glob("*.py")}
        ground.save(COURSE.step(2).checkpoint(), files)
        shown = watching.until("n next lesson")
        assert "Lesson 02 Timing a route: done" in shown
        assert "\n03 " not in (ground.mine / ".progress").read_text()
        watching.press("n")
        watching.until("Lesson 03 Drill down: not yet.*q quit")  # two files: two saves, at times
        assert "\n03 begun " in (ground.mine / ".progress").read_text()
        watching.press("q")
    finally:
        code = watching.end()
    assert code == 1


def test_it_ends_at_once_even_in_the_middle_of_a_check(ground: Playground) -> None:
    check = ground.folder / "steps" / "02-timing-a-route" / "check.py"
    check.write_text("import time\n\ndef check(app):\n    print('asleep')\n    time.sleep(100)\n")
    watching = Watching(ground)
    try:
        watching.until("asleep")
        watching.press("q")
    finally:
        code = watching.end()
    assert code == 130
