"""When an answer arrives, as checks see it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.serving import serving
from tests.trickle import trickling
from tutor.checks.first_byte import GZIP_WBITS, TimedReply, get_timed
from tutor.checks.probe import Probe
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed
from tutor.ports import any_free
from tutor.sandbox.target import Target

Ask = Callable[..., TimedReply]


class Handler(BaseHTTPRequestHandler):
    """Sends what its server has as `parts`, with a pause between any two."""

    server: Any

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        for name, value in self.server.head.items():
            self.send_header(name, value)
        self.end_headers()
        for part in self.server.parts:
            self.wfile.write(part)
            self.wfile.flush()
            time.sleep(0.2)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Ask for what an app sends in `parts`."""
    app = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(app) as url:

        def asked(*parts: bytes, status: int = 200, **head: str) -> TimedReply:
            names = {name.replace("_", "-"): value for name, value in head.items()}
            vars(app).update(parts=parts, status=status, head=names)
            return get_timed(Probe(Target("mine/", Path(), Path(), *[url] * 4), Course()), "/menu")

        yield asked


def test_the_first_that_can_be_read_and_the_last(ask: Ask) -> None:
    whole = ask(b'["', b"a" * 2000, b'"]')
    assert 0.2 <= whole.first_byte_s < whole.last_byte_s - 0.1
    assert whole.json() == ["a" * 2000]
    assert not whole.is_compressed


def test_the_head_of_a_compressed_file_cannot_be_read(ask: Ask) -> None:
    gzip = zlib.compressobj(wbits=GZIP_WBITS)
    parts = [gzip.compress(b'["'), gzip.compress(b"a" * 2000), gzip.compress(b'"]') + gzip.flush()]
    kept = ask(*parts, Content_Encoding="gzip")
    assert len(parts[0]) == 10
    assert kept.first_byte_s >= 0.4
    assert kept.json() == ["a" * 2000]
    assert kept.is_compressed


def test_what_is_no_answer(ask: Ask) -> None:
    with pytest.raises(CheckFailed, match="it ends in the middle"):
        ask(b"half", Content_Length="8")
    with pytest.raises(CheckFailed, match="404"):
        ask(b"none", status=404)
    with pytest.raises(CheckFailed, match="JSON"):
        ask(b"none").json()
    with pytest.raises(CheckFailed, match="JSON"):
        TimedReply({"content-encoding": "gzip"}, b"none", 0, 0).json()
    nobody = f"http://127.0.0.1:{any_free()}"
    with pytest.raises(NotReadyError, match="no answer"):
        get_timed(Probe(Target("mine/", Path(), Path(), *[nobody] * 4), Course()), "/menu")


def test_an_answer_that_trickles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.checks.first_byte.HANG_S", 0.2)
    with (
        trickling(b"HTTP/1.1 200 OK\r\n\r\n") as url,
        pytest.raises(NotReadyError, match=r"no answer to /menu within 0\.2 s"),
    ):
        get_timed(Probe(Target("mine/", Path(), Path(), *[url] * 4), Course()), "/menu")
