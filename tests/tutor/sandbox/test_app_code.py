"""Saying where something is in the learner's code."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tutor.failure import CheckFailed
from tutor.sandbox.app_code import AppCode

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
    return AppCode(tmp_path)


@pytest.fixture
def switching_threads():
    """Let another thread go on in each garbage collection, as any Python code in one may (one of
    Hypothesis's does): that is when two threads that build syntax trees disturb each other."""

    def switch(*_):
        time.sleep(0)

    gc.callbacks.append(switch)
    yield
    gc.callbacks.remove(switch)


@pytest.mark.parametrize(
    ("what", "line"), [("pair", 3), ("/pair/beer", 3), ("Stopwatch", 7), ("nothing", None)]
)
def test_functions_routes_and_classes_have_a_place(code, what, line):
    assert code.place(what) == f"{code.folder}/web.py" + (f":{line}" if line else "")


def test_what_has_moved_to_a_module_is_found_there(code):
    (code.folder / "pairing.py").write_text("\n\ndef find_pairing():\n    patch(redis=True)\n")
    (code.folder / "taster.py").write_text("def taste():\n    pass\n")
    assert code.place("find_pairing") == f"{code.folder}/pairing.py:3"
    assert code.use("patch") == f"{code.folder}/pairing.py:4"
    assert code.place("taste") == f"{code.folder}/web.py", "the other service's is another one"
    assert code.place("request_id", "timing.py") == f"{code.folder}/web.py", "no such file"


def test_to_import_a_name_is_no_use_of_it(code):
    (code.folder / "web.py").write_text("from tracer import patch\n\npatch(redis=True)\n")
    assert code.use("patch") == f"{code.folder}/web.py:3"
    assert code.use("tracer") == f"{code.folder}/web.py"


def test_a_line_of_the_log_leads_to_what_has_written_it(code):
    (code.folder / "taster.py").write_text('@timed\ndef pair():\n    stopwatch("best.bite")\n')
    assert code.source("12:00:00,1 pair took 3 ms") == f"{code.folder}/taster.py:2"
    assert code.source("12:00:00,1 web pair took 3 ms") == f"{code.folder}/web.py:3"
    assert code.source("took=3 what=best.bite") == f"{code.folder}/taster.py:3"
    assert code.source("nobody knows") == ""


def test_code_in_the_repository_is_named_from_there():
    from tutor.paths import ROOT

    assert AppCode(ROOT / "mine").name_of("web.py") == "mine/web.py"


def test_a_mistake_is_shown_with_its_line(code):
    (code.folder / "web.py").write_text("def pair():\n    return (1\n\nx = 2\n")
    with pytest.raises(CheckFailed) as failed:
        code.must_compile()
    assert failed.value.seen == "SyntaxError: '(' was never closed"
    assert failed.value.look == f"{code.folder}/web.py:2"
    assert failed.value.detail == "return (1\n       ^"


@pytest.mark.parametrize("text", [b"\0", b"\xff = 1\n", b"def f():\nreturn\n"])
def test_code_that_is_not_python_is_refused(code, text):
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


def test_a_place_is_found_where_the_code_is_not_whole(code):
    (code.folder / "web.py").write_text('@get(\n    "/beers",\n)\ndef beers():\n    x = \ndef\n')
    assert code.place("/beers") == f"{code.folder}/web.py:4"
    assert code.place("def") == f"{code.folder}/web.py"


def test_many_threads_may_look_at_the_code_at_once(code, switching_threads):
    text = "".join(f"def function_{n}():\n    return [{n}, {{'a': (1, 2)}}]\n" for n in range(300))
    (code.folder / "web.py").write_text(text)

    def look(number):
        code.must_compile()
        return code.place(f"function_{number}")

    with ThreadPoolExecutor(4) as pool:
        places = list(pool.map(look, range(40)))
    assert places == [f"{code.folder}/web.py:{2 * number + 1}" for number in range(40)]
