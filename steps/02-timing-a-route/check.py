"""Lesson 2 is done once each request for a pairing leaves its time in timing.log."""

from __future__ import annotations

import re

from tutor.checks import (
    PAIRING,
    UNKNOWN_BEER,
    Probe,
    Reply,
    expect,
    names_time,
    none_about,
    same_answers,
    time_in,
)

OTHER_ROUTES = ("/beers", "/donuts", "/beers/ipa", "/donuts/jelly", "/beers/ipa/reviews")


def check(app: Probe) -> None:
    """Check that a pairing and an unknown beer each leave a line that agrees with our stopwatch."""
    same_answers(app)
    for path in OTHER_ROUTES:
        app.get(path)
    must_be_timed(app, app.get(PAIRING))
    must_be_timed(app, app.get(UNKNOWN_BEER, status=404))


def must_be_timed(app: Probe, reply: Reply) -> None:
    """Check that a line about this request names `pair` and how long it took."""
    written = app.log_lines(since=reply)
    lines = [line for line in written if re.search(r"\bpair\b", line)]
    look = app.code.place("/pair/beer")
    path = reply.asked.removeprefix(app.target.web)
    log = app.code.name_of("timing.log")
    expect(
        lines,
        expected=f"a line about `pair` in {log} for GET {path} (answered with {reply.status})",
        seen=none_about(written, "`pair`"),
        look=look,
        detail=written[-5:],
    )
    expect(
        any(time_in(line) is not None for line in lines),
        expected="a time in the line about `pair`, as in `pair took 640.0 ms`",
        seen="a line without a time",
        look=look,
        detail=lines[-5:],
    )
    expect(
        any(names_time(line, reply.seconds) for line in lines),
        expected=f"`pair` to take about as long as the check measured for GET {path},"
        f" {reply.seconds * 1000:.0f} ms",
        seen=f"{(time_in(lines[-1]) or 0) * 1000:.4g} ms (is its unit right, and does the watch run"
        " from the function's start to its end?)",
        look=look,
        detail=lines[-5:],
    )
