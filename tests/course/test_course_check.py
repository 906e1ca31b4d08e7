"""`./workshop course-check` finds what is wrong with a lesson, and updates what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.curl import needs_curl
from tests.stranger import Stranger
from tutor.coursecheck.playground import Playground, playground


@pytest.fixture
def ground() -> Iterator[Playground]:
    """A copy of the repository, to break lesson 2 in."""
    with playground() as made:
        yield made


@pytest.fixture
def strangers() -> Iterator[list[Stranger]]:
    """Other programs on the ports that lessons name, unless somebody has those already."""
    with ExitStack() as end:
        listening = []
        for port in (5000, 8080):
            with suppress(OSError):
                listening.append(end.enter_context(Stranger.listening(port)))
        yield listening


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@needs_curl
def test_wrong_output_in_a_lesson_and_a_check_that_checks_nothing(
    ground: Playground, strangers: list[Stranger]
) -> None:
    step = ground.folder / "steps" / "02-timing-a-route"
    readme, check = step / "README.md", step / "check.py"
    change(readme, '{"beer":"ipa","match"', '{"beer":"ale","match"')
    real_check = check.read_text()
    check.write_text("def check(app):\n    pass\n")

    code, printed = ground.run("./workshop course-check 2")
    assert code == 1, printed
    assert "the check ends with 0, not 1, before anything was done" in printed
    assert 'The lesson shows\n        {"beer":"ale","match"' in printed
    assert "✗ 2 problems" in printed

    check.write_text(real_check)
    code, printed = ground.run("./workshop course-check 2 --update")
    assert code == 0, printed
    assert '"beer":"ale"' not in readme.read_text()
    assert '{"beer":"ipa","match"' in readme.read_text()

    assert " " in str(ground.folder), "the course is played in a folder like that"
    assert [stranger.asked for stranger in strangers] == [[]] * len(strangers)
