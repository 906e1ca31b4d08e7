"""Colour, counting, and the line that shows progress."""

from __future__ import annotations

import io

import pytest

from tutor.terminal import StatusLine, count, paint


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")


def test_colour_only_on_a_terminal(monkeypatch):
    assert paint("beer", "cyan", Terminal()) == "\x1b[36mbeer\x1b[0m"
    assert paint("beer", "cyan", io.StringIO()) == "beer"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_if_it_is_turned_off(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    assert paint("beer", "cyan", Terminal()) == "beer"


def test_on_a_terminal_the_line_is_replaced_and_never_wraps():
    out = Terminal()
    line = StatusLine(stream=out)
    line.show("a")
    line.show("b" * 100)
    line.end("done")
    assert out.getvalue() == f"\r\x1b[2Ka\r\x1b[2K{'b' * 19}\r\x1b[2Kdone\n"


def test_elsewhere_a_line_comes_now_and_then():
    out = io.StringIO()
    line = StatusLine(every=60, stream=out)
    for text in "abc":
        line.show(text)
    line.end("done")
    assert out.getvalue() == "a\ndone\n"


def test_nothing_shown_leaves_nothing():
    out = Terminal()
    StatusLine(stream=out).end()
    assert out.getvalue() == ""


def test_counting():
    assert [count(number, "span") for number in (0, 1, 1204)] == [
        "0 spans",
        "1 span",
        "1,204 spans",
    ]
