"""Page and terminal show a lesson with the same ports: rooms don't import each other, so both say
how."""

from __future__ import annotations

import pytest

from tutor.course import real_ports as terminal
from tutor.course.lessons import Course, Step
from tutor.supervisor.plan import DEFAULT_PORTS
from ui.words import real_ports as page

PORTS = {usual: usual + 7 for usual in DEFAULT_PORTS.values()}


@pytest.mark.parametrize("step", Course().steps, ids=str)
def test_lessons_name_the_same_ports_in_both(step: Step) -> None:
    lesson = step.readme.read_text("utf-8")
    assert page.with_ports(lesson, PORTS) == terminal.with_ports(lesson, PORTS)


def test_both_know_the_usual_ports() -> None:
    assert page.USUAL_PORTS.items() <= DEFAULT_PORTS.items()
