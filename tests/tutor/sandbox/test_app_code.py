"""Saying where something is in the learner's code."""

from __future__ import annotations

import pytest

from tutor.failure import CheckFailed
from tutor.sandbox.app_code import Code

WEB = """\
@app.get("/pair/beer")
@timed
def pair():
    pass


class Stopwatch:
    pass
"""


@pytest.fixture
def code(tmp_path):
    (tmp_path / "web.py").write_text(WEB)
    return Code(tmp_path)


@pytest.mark.parametrize(
    ("what", "line"), [("pair", 3), ("/pair/beer", 3), ("Stopwatch", 7), ("nothing", None)]
)
def test_functions_routes_and_classes_have_a_place(code, what, line):
    assert code.place(what) == f"{code.folder}/web.py" + (f":{line}" if line else "")


def test_code_in_the_repository_is_named_from_there():
    from tutor.paths import ROOT

    assert Code(ROOT / "mine").name_of("web.py") == "mine/web.py"


def test_a_mistake_is_shown_with_its_line(code):
    (code.folder / "web.py").write_text("def pair():\n    return (1\n\nx = 2\n")
    with pytest.raises(CheckFailed) as failed:
        code.must_compile()
    assert failed.value.seen == "SyntaxError: '(' was never closed"
    assert failed.value.look == f"{code.folder}/web.py:2"
    assert failed.value.detail == "return (1\n       ^"


@pytest.mark.parametrize("text", [b"\0", b"\xff = 1\n", b"def f():\nreturn\n"])
def test_whatever_is_no_python_is_said_so(code, text):
    (code.folder / "web.py").write_bytes(text)
    with pytest.raises(CheckFailed, match="expected valid Python"):
        code.must_compile()
    assert code.place("pair") == f"{code.folder}/web.py"


def test_the_digest_changes_with_the_code_only(code):
    before = code.digest()
    (code.folder / "timing.log").write_text("pair took 1 s\n")
    assert code.digest() == before
    (code.folder / "timing.py").touch()
    assert code.digest() != before
