"""Reading where the threads of a script are."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from tutor.paths import ROOT
from tutor.sandbox import run_script, thread_dump
from tutor.sandbox.thread_dump import Frame

MINE = Path("/home/ä b/mine")
WEB = "/home/\\xe4 b/mine/web.py"
LIBRARIES = sysconfig.get_path("purelib")
FLASK = f"{LIBRARIES}/flask/app.py"
RUNNER = run_script.__file__


def dump(*stacks: list[tuple[str, int, str]]) -> str:
    lines = []
    for number, stack in enumerate(stacks, start=1):
        first = "Thread" if number < len(stacks) else "Current thread"
        lines.append(f"{first} 0x00007f{number:010x} [a name] (most recent call first):")
        lines += [f'  File "{file}", line {line} in {function}' for file, line, function in stack]
        lines.append("")
    return "\n".join(lines)


MAIN = [("/usr/lib/python3/selectors.py", 1, "select"), (WEB, 86, "<module>"), (RUNNER, 30, "main")]


def test_who_waits_for_another_request_comes_last() -> None:
    waiting = [(f"{ROOT}/services/palate.py", 20, "hold"), (WEB, 29, "taste_one"), (FLASK, 9, "f")]
    holding = [(WEB, 33, "taste"), (WEB, 30, "taste_one"), (FLASK, 9, "f")]
    frames = thread_dump.in_requests(dump(waiting, holding, MAIN), MINE)
    assert [frame.function for frame in frames] == ["taste", "taste_one"]


def test_requests_come_first_and_the_main_thread_not_at_all() -> None:
    pool = [("/usr/lib/python3/threading.py", 1, "wait"), (WEB, 50, "taste")]
    idle = [("/usr/lib/python3/threading.py", 1, "wait")]
    request = [(WEB, 41, "pair"), (FLASK, 900, "dispatch_request")]
    text = dump(idle, pool, request, request, MAIN)
    frames = thread_dump.in_requests(text, MINE)
    assert frames == [Frame(WEB, 41, "pair"), Frame(WEB, 50, "taste")]


@pytest.mark.parametrize(
    ("inner", "place"),
    [
        ([(WEB, 9, "spin")], Frame(WEB, 9, "spin")),
        ([("/usr/lib/python3/queue.py", 1, "get"), (WEB, 9, "wait")], Frame(WEB, 9, "wait")),
        ([(f"{LIBRARIES}/redis/x.py", 1, "read"), (WEB, 9, "f")], Frame(WEB, 9, "f")),
        (
            [(f"{LIBRARIES}/flask/x.py", 1, "<module>"), ("<frozen importlib._bootstrap>", 1, "f")],
            None,
        ),
        ([(f"{ROOT}/services/seed.py", 1, "fill"), (WEB, 80, "<module>")], None),
    ],
)
def test_a_start_hangs_only_in_the_learners_own_code(
    inner: list[tuple[str, int, str]], place: Frame | None
) -> None:
    stack = [*inner, (WEB, 3, "<module>"), (RUNNER, 30, "main")]
    assert thread_dump.in_start(dump([(WEB, 1, "other")], stack), MINE) == place


@pytest.mark.parametrize("text", ["", "\n", "Thread 0x1 (most recent call first):\n", "nonsense"])
def test_a_dump_that_says_nothing(text: str) -> None:
    assert thread_dump.in_requests(text, MINE) == []
    assert thread_dump.in_start(text, MINE) is None
