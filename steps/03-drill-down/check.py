"""Lesson 3 is done once the log says how long each part of a pairing took."""

from __future__ import annotations

import re

from tutor.checks import (
    PAIRING,
    UNKNOWN_BEER,
    Probe,
    expect,
    names_time,
    none_about,
    same_answers,
    time_in,
)

PARTS = {
    "beer.query": r"beer[._ ]query",
    "donuts.query": r"donuts[._ ]query",
    "match": r"\b(best_)?match\b",
}
"""The names to look for, and how they may be written."""

WHOLE = r"\bpair\b"

SLACK_S = 0.02
MIN_EXPLAINED = 0.88
"""The share of the whole that the three parts must explain. It is 98 % if all is well, and 77 % if
the loop over the donuts is left out."""


def check(app: Probe) -> None:
    """Check that every part has its line, that none takes longer than the whole, and that together
    they explain it."""
    same_answers(app)
    reply = app.get(PAIRING)
    lines = app.log_lines(since=reply)
    times = {name: time_of(app, name, pattern, lines) for name, pattern in PARTS.items()}
    whole = time_of(app, "pair", WHOLE, lines)
    place = app.code.place("find_pairing")
    expect(
        any(names_time(line, reply.seconds) for line in lines if re.search(WHOLE, line)),
        expected=f"`pair` to take about {reply.seconds * 1000:.0f} ms, as the check measured",
        seen=f"{whole * 1000:.0f} ms",
        look=app.code.place("/pair/beer"),
        detail=lines,
    )
    for name, seconds in times.items():
        expect(
            seconds <= whole + SLACK_S,
            expected=f"the part `{name}` to take no longer than the whole, `pair`",
            seen=f"{seconds * 1000:.0f} ms of {whole * 1000:.0f} ms",
            look=place,
            detail=lines,
        )
    explained = sum(times.values())
    expect(
        explained >= MIN_EXPLAINED * whole - SLACK_S,
        expected="the three parts together to explain nearly all of `pair`",
        seen=f"{explained * 1000:.0f} ms of {whole * 1000:.0f} ms. The slow part is outside the"
        " `with` blocks: is all the work inside, even the loop over the donuts?",
        look=place,
        detail=lines,
    )
    expect(
        explained <= whole + SLACK_S,
        expected="the three parts to follow each other, and so to take no longer together than"
        " `pair`",
        seen=f"{explained * 1000:.0f} ms of {whole * 1000:.0f} ms. Is one block inside another?",
        look=place,
        detail=lines,
    )
    unknown = app.get(UNKNOWN_BEER, status=404)
    lines = app.log_lines(since=unknown)
    time_of(app, "pair", WHOLE, lines, "an unknown beer, which gets a 404")


def time_of(
    app: Probe, name: str, pattern: str, lines: list[str], request: str = "one pairing"
) -> float:
    """Return the time that the line about `name` says, in seconds.

    Raises `CheckFailed` if there is no such line, or it names no time.
    """
    lines_about_it = [line for line in lines if re.search(pattern, line)]
    times = [seconds for line in lines_about_it if (seconds := time_in(line)) is not None]
    log = app.code.name_of("timing.log")
    expect(
        times,
        expected=f"a line in {log} that says how long `{name}` took, for {request}",
        seen="a line without a time" if lines_about_it else none_about(lines, f"`{name}`"),
        look=app.code.place("/pair/beer" if name == "pair" else "find_pairing"),
        detail=lines,
    )
    return max(times)
