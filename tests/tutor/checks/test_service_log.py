"""What a service's log says about traces that do not arrive."""

from __future__ import annotations

import pytest

from tutor.checks.service_log import ServiceLog

LOST = "3 spans lost: the collector at http://matchmaker:8126 does not answer. Is it running?"


@pytest.mark.parametrize(
    ("lines", "words", "on_lost_spans"),
    [
        ([], "", ""),
        (["Traceback", "web listening on http://127.0.0.1:5000"], "", ""),
        (["web listening on http://127.0.0.1:5000", "hello", ""], "hello", ""),
        (["web listening on http://127.0.0.1:5000", LOST, "hello"], LOST, LOST),
        ([LOST, "web listening on http://127.0.0.1:5000", "hello"], "hello", ""),
        (
            ["WARNING:tracer:1 span lost: it is full"],
            *["WARNING:tracer:1 span lost: it is full"] * 2,
        ),
    ],
)
def test_the_last_words_since_the_service_began(tmp_path, lines, words, on_lost_spans):
    path = tmp_path / "web.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    log = ServiceLog("web", path)
    assert log.last_words() == (f"web's log: {words}" if words else "")
    assert log.on_lost_spans() == (f"web's log: {on_lost_spans}" if on_lost_spans else "")


def test_a_log_that_nobody_keeps(tmp_path):
    assert ServiceLog("web", None).last_words() == ""
    assert ServiceLog("web", tmp_path / "gone.log").last_words() == ""
