"""Lesson 5 is done once somebody has measured what the instrumentation costs."""

from __future__ import annotations

from tutor.checks import PAIRING, Probe, expect, lines_added, same_answers

AGAIN = "Measure again: ./workshop cost"
BYTES_OFF = 0.1
"""Times and ids are not always equally long."""


def check(app: Probe) -> None:
    """mine/cost.txt says what was measured, and its bytes and lines are those of this code."""
    same_answers(app)
    text = app.target.code / "cost.txt"
    name = app.code.name_of(text.name)
    cost = app.cost()
    expect(
        cost and text.is_file(),
        expected=f"{name} with what `./workshop cost` has measured",
        seen="no measurement" if not cost else f"a measurement, but no {name}",
        look=name,
    )
    assert cost  # noqa: S101
    said = text.read_text("utf-8", "replace")
    missing = [line for line in str(cost).splitlines() if line not in said]
    expect(
        not missing,
        expected=f"in {name} what was measured last",
        seen=f"other figures. {AGAIN}",
        look=name,
        detail=missing,
    )
    lines = lines_added(app.course.step(1).folder, app.target.code)
    expect(
        lines == cost.lines,
        expected=f"a measurement of the code as it is now, with {lines} lines of instrumentation in"
        " web.py and taster.py",
        seen=f"one of code with {cost.lines}. {AGAIN}",
        look=name,
    )
    expect(
        lines and cost.log_bytes,
        expected="that the measured code has instrumentation in it",
        seen=f"{lines} lines of it, and {cost.log_bytes} bytes of log a request",
        look=app.code.place("/pair/beer"),
    )
    written = sum(len(line.encode()) + 1 for line in app.log_lines(since=app.get(PAIRING)))
    expect(
        abs(written - cost.log_bytes) <= BYTES_OFF * cost.log_bytes,
        expected=f"about {cost.log_bytes} bytes of log for a pairing, as {name} says",
        seen=f"{written}. {AGAIN}",
        look=name,
    )
