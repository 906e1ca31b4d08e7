"""Comparing the learner's code with the baseline: times, answers, dials, many at once."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from tutor.checks.dials import must_have_default_dials
from tutor.checks.probe import Probe
from tutor.checks.speedup import measure_speedup, must_be_faster
from tutor.course.lessons import Course
from tutor.course.predictions import FILE_NAME
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed
from tutor.sandbox.target import Target


class App(ThreadingHTTPServer):
    """Answers everything with `answer` after `seconds`, once `at_once` requests are there together;
    knows which paths were `asked` for."""

    daemon_threads = True

    def __init__(self, seconds, answer, dials="{}", at_once=1):
        app = self
        barrier = threading.Barrier(at_once, timeout=20)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                app.asked.append(self.path)
                barrier.wait()
                time.sleep(seconds)
                self.send_response(200)
                self.end_headers()
                self.wfile.write((dials if self.path == "/dials" else answer).encode())

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}).start()


@pytest.fixture
def serve(tmp_path):
    """Start an app that answers so; return its probe, and the app."""
    running = []

    def start(seconds=0.0, answer='{"match": 1, "untasted": []}', dials="{}", at_once=1):
        app = App(seconds, answer, dials, at_once)
        running.append(app)
        url = f"http://127.0.0.1:{app.server_port}"
        target = Target("mine/", tmp_path, tmp_path, url, url, url, "http://ui")
        return Probe(target, Course()), app

    yield start
    for app in running:
        app.shutdown()
        app.server_close()


def beside(probe):
    return SimpleNamespace(probe=probe, step=SimpleNamespace(number=11))


def test_both_are_asked_in_turns_and_the_quickest_counts(serve, tmp_path):
    (slow, slow_app), (quick, quick_app) = serve(0.2), serve(0.02)
    speedup = measure_speedup(quick, beside(slow), ["/a", "/b", "/c"])
    assert slow_app.asked == ["/a", "/a", "/b", "/c"]
    assert quick_app.asked == ["/a", "/b", "/c"]
    assert (len(speedup.before), len(speedup.now), speedup.lesson) == (3, 3, 11)
    assert speedup.before_s >= 0.2
    assert speedup.ratio > 2

    (tmp_path / FILE_NAME).write_text("12 batch: 4x\n")
    must_be_faster(quick, 12, speedup, 2, look="mine/web.py")
    assert quick.notes["before"].endswith("with the code of lesson 11")
    assert "the quickest of 3 each" in quick.notes["now"]
    assert "×; you predicted 4.0×, off by " in quick.notes["ratio"]
    with pytest.raises(CheckFailed, match="at least 1000 times as fast as with the code of lesson"):
        must_be_faster(quick, 12, speedup, 1000, look="mine/web.py")


def test_what_was_predicted_may_be_missing_or_no_prediction(serve, tmp_path):
    app, _ = serve()
    speedup = measure_speedup(app, beside(serve()[0]), ["/a"])
    must_be_faster(app, 12, speedup, 0, look="")
    assert "there is no prediction for it" in app.notes["ratio"]
    (tmp_path / FILE_NAME).write_text("12 batch: soon\n")
    must_be_faster(app, 12, speedup, 0, look="")
    assert "can't be read: line 1: 'soon' is neither" in app.notes["ratio"]


def test_another_answer_is_not_a_fix(serve):
    before, _ = serve(answer='{"match": 1, "untasted": ["x"]}')
    other, _ = serve(answer='{"match": 2, "untasted": []}')
    with pytest.raises(CheckFailed, match="the same answer to /a as from the code of lesson 11"):
        measure_speedup(other, beside(before), ["/a"])
    same, _ = serve(answer='{"match": 1, "more": 1}')
    measure_speedup(same, beside(before), ["/a"])


def test_a_dial_that_is_turned_is_named(serve):
    dials = '{"dials": {"A": {"value": 1, "default": 0}, "B": {"value": 2, "default": 2}}}'
    app, _ = serve(dials=dials)
    with pytest.raises(CheckFailed, match="A is 1") as raised:
        must_have_default_dials(app)
    assert "-d '{\"A\": 0}'" in raised.value.detail
    must_have_default_dials(app, "A")
    unturned, _ = serve(dials=dials.replace('"value": 1', '"value": 0'))
    must_have_default_dials(unturned)


def test_many_paths_are_asked_for_at_once_and_answered_in_order(serve):
    app, _ = serve(at_once=3)
    replies = app.get_at_once(["/a", "/b", "/c"])
    assert [reply.asked.removeprefix(app.target.web) for reply in replies] == ["/a", "/b", "/c"]


def test_one_of_many_that_is_not_answered(serve):
    app, _ = serve()
    gone = Probe(replace(app.target, web="http://127.0.0.1:1"), app.course)
    with pytest.raises(NotReadyError, match="no answer"):
        gone.get_at_once(["/a", "/b"])
