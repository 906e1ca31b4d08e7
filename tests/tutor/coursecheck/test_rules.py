"""The rules that a step must keep."""

from __future__ import annotations

import pytest

from tutor.coursecheck import rules


def change(step, name, old, new):
    path = step.folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_little_course_keeps_the_rules(course):
    for step in course.steps:
        assert list(rules.problems(step, course)) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("web.py", "return 1", "return 2", "line 6: the lesson gives '    return 1', the"),
        ("timing.py", "return function", "return function\n", "the lesson gives 2 lines, the"),
        ("web.py", "return 1", "return (", "web.py: '(' was never closed"),
        ("web.py", "return 1", "return 1 is 1", 'web.py: "is" with'),
        ("README.md", "```console", "```sh", "a block of sh, not one of console, diff"),
        ("README.md", "`mine/timing.py`", "the file", "the line before this block must name"),
        ("README.md", "def timed(function)", "def timed(func)", "line 1: the lesson gives"),
        (
            "README.md",
            "Reading **`mine/web.py`**",
            "Reading `mine/x.py`",
            "must name an existing file",
        ),
        (
            "README.md",
            "python\nreturn 1",
            "python\nreturn 9",
            "is not in mine/web.py word for word",
        ),
        ("README.md", "console\n$ ./workshop check 2\n```", "console\n", "this block has no end"),
        ("learned.md", "**mark**.", "mark.", "the field's word in bold"),
        ("learned.md", "A tick", "A\ntick", "learned.md is not one line"),
        ("README.md", "# 02 Time it", "# 02 Time it\n\n## Your task", "gives the task away"),
        (
            "README.md",
            "$ ./workshop",
            "$ curl -sS a\n$ ./workshop",
            "`./workshop get` must come first",
        ),
        ("README.md", "check 2\n", "check 2\n$ curl -s a\n", "`curl -s` hides why"),
        ("hints.md", "Here", "Here, or there" * 10, "hints.md, line 9: longer than 120"),
        ("hints.md", "Here", "Type `curl -o x -s a` here", "hints.md: `curl -s` hides why"),
        ("hints.md", "## 2 place", "", "hints.md has 2 hints, not at least 3"),
        ("hints.md", "def pair():", "def pear():", "shows code that no file of the checkpoint has"),
        ("hints.md", "```python\ndef pair():\n```", "Just do it.", "the last hint shows no code"),
        (
            "hints.md",
            "```python\ndef pair():\n```",
            "```console\n$ ./workshop fix\n```",
            "a command that the lesson doesn't have: ./workshop fix",
        ),
    ],
)
def test_each_rule_that_is_broken_is_named(course, name, old, new, words):
    step = course.step(2)
    change(step, name, old, new)
    assert any(words in problem for problem in rules.problems(step, course))


def test_a_solution_may_have_a_section_of_its_own(course):
    step = course.step(2)
    task = "# 02 Time it\n\n## Your task\n\nDo it.\n\n## One way to do it"
    change(step, "README.md", "# 02 Time it", task)
    assert list(rules.problems(step, course)) == []


def test_a_file_that_should_be_gone(course):
    change(course.step(3), "README.md", "$ rm mine/timing.py\n", "")
    wrong = list(rules.problems(course.step(3), course))
    assert wrong == ["the lesson leaves mine/timing.py, which the checkpoint doesn't have"]


def test_an_excerpt_may_leave_out_lines_and_indentation():
    text = "class A:\n    def f(self):\n        a = 1\n        b = 2\n        return a\n"
    assert rules.contains(text, "def f(self):\n    a = 1\n…\n    return a\n")
    assert rules.contains(text, "    a = 1\n    b = 2\n")
    assert not rules.contains(text, "a = 1\n    b = 2\n")
    assert not rules.contains(text, "return a\n…\na = 1\n")


def test_linters(course):
    assert list(rules.linters_agree(course)) == []
    change(course.step(1), "web.py", "def pair():", "import os\ndef  pair():")
    check, layout = rules.linters_agree(course)
    assert "F401" in check
    assert layout.startswith("ruff format")


def test_nginx_is_asked_where_it_is_installed(course, tmp_path, monkeypatch):
    step = course.step(2)
    change(step, "README.md", "```console", "```nginx\nserver {}\n```\n\n```console")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(rules.unchecked(course.steps)) == [
        "lesson 02 Time it: its nginx configuration (nginx is not installed)"
    ]
    nginx = tmp_path / "nginx"
    nginx.write_text('#!/bin/sh\necho "$*" >&2; exit 1\n')
    nginx.chmod(0o755)
    assert list(rules.unchecked(course.steps)) == []
    (wrong,) = rules.problems(step, course)
    assert "nginx refuses this: -t -q" in wrong
