"""The sections of a lesson: what stands under each of its `## ` headings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tutor.course.lesson_markdown import FENCE

HEADING = "## "
TASK = "Your task"
SOLUTION = "One way to do it"
"""The section that gives the task's solution away: readers see it when they ask for it."""


@dataclass(frozen=True)
class Section:
    """A section: its title, its text (with the heading; each line ends with a newline), and the
    number of its first line. What comes before the first heading has the title ""."""

    title: str
    text: str
    line: int

    def __contains__(self, line: int) -> bool:
        """Return whether the section has the line with that number."""
        return self.line <= line < self.line + self.text.count("\n")


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of a Markdown text, which together are the text. In a fenced block
    nothing is a heading."""
    title, first_line, lines = "", 1, ""
    fence = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := FENCE.fullmatch(line):
            fence = after_fence(fence, found["marks"], found["language"])
        elif line.startswith(HEADING) and not fence:
            yield Section(title, lines, first_line)
            title, first_line, lines = line.removeprefix(HEADING).strip(), number, ""
        lines += f"{line}\n"
    yield Section(title, lines, first_line)


def after_fence(open_fence: str, marks: str, language: str) -> str:
    """Return the fence that is open after one more: "" if that closes `open_fence`."""
    if not open_fence:
        return marks
    closes = not language and len(marks) >= len(open_fence)
    return "" if closes else open_fence


def replace_solution(text: str, instead: str) -> str:
    """Return a lesson's Markdown with the paragraph `instead` under the heading of the solution."""
    return "".join(
        f"{HEADING}{SOLUTION}\n\n{instead}\n\n" if section.title == SOLUTION else section.text
        for section in sections(text)
    )
