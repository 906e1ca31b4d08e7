"""Lesson 5 is done once you have measured what the instrumentation costs."""

from __future__ import annotations

from tutor.checks import PAIRING, Probe, count, expect, lines_added, same_answers

AGAIN = "Measure again: ./workshop cost"
MAX_BYTES_RATIO = 2
"""How far the bytes of two requests may be apart: times and ids are not always of the same length,
and a line may hold the path of the program, which is sometimes absolute and sometimes not."""


def check(app: Probe) -> None:
    """Check that mine/cost.txt says what was measured, and that it was measured with this code."""
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
    written = text.read_text("utf-8", "replace")
    missing = [line for line in str(cost).splitlines() if line not in written]
    expect(
        not missing,
        expected=f"{name} to say what was measured last",
        seen=f"other figures. {AGAIN}",
        look=name,
        detail=missing,
    )
    lines = lines_added(app.course.step(1).folder, app.target.code)
    expect(
        lines == cost.lines,
        expected=f"a measurement of the code as it is now, with {count(lines, 'line')} of"
        " instrumentation in web.py and taster.py",
        seen=f"a measurement of code with {cost.lines}. {AGAIN}",
        look=name,
    )
    expect(
        lines and cost.log_bytes,
        expected="instrumentation in the code that was measured",
        seen=f"{count(lines, 'line')} of it, and {count(cost.log_bytes, 'byte')} of log per"
        " request",
        look=app.code.place("/pair/beer"),
    )
    log_bytes = sum(len(line.encode()) + 1 for line in app.log_lines(since=app.get(PAIRING)))
    expect(
        cost.log_bytes / MAX_BYTES_RATIO < log_bytes < cost.log_bytes * MAX_BYTES_RATIO,
        expected=f"about {cost.log_bytes} bytes of log for a pairing, as {name} says",
        seen=f"{log_bytes}. {AGAIN}",
        look=name,
    )
