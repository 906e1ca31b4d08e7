"""Why a check fails: what it expected, what it saw, and where to look."""

from __future__ import annotations

from typing import Any


class CheckFailed(Exception):  # noqa: N818 (not an error of the program)
    """The learner's code does not do what the lesson asks yet.

    `expected` and `seen` are phrases without a full stop. `look` is a file with a line,
    `mine/web.py:41`; `trace` is the address of the trace that shows the problem; `detail` is text
    to show unchanged, such as the lines of a log.
    """

    def __init__(
        self, expected: str, seen: str, look: str = "", trace: str = "", detail: str = ""
    ) -> None:
        super().__init__(f"expected {expected}; seen: {seen}")
        self.expected = expected
        self.seen = seen
        self.look = look
        self.trace = trace
        self.detail = detail


def expect(
    condition: object,
    *,
    expected: str,
    seen: object,
    look: str = "",
    trace: Any = "",
    detail: str | list[str] = "",
) -> None:
    """Check that `condition` is true.

    `trace` is a `Trace` or an address, `detail` is text or lines. Raises `CheckFailed` if
    `condition` is false.
    """
    if condition:
        return
    lines = detail if isinstance(detail, str) else "\n".join(detail)
    raise CheckFailed(expected, str(seen), look, getattr(trace, "url", trace), lines)
