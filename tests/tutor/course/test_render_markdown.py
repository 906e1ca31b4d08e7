"""A lesson on the terminal."""

from __future__ import annotations

from tutor.course.render_markdown import render


def test_comments_are_for_those_who_write() -> None:
    text = (
        "It takes 506 ms<!-- figure: match -->, a third<!-- figure: a\nof b -->.\n"
        "`<!-- it -->`\n\n```text\n<!-- so -->\n```\n"
    )
    shown = ["It takes 506 ms, a third.", "<!-- it -->", "", "```text", "<!-- so -->", "```"]
    assert list(render(text)) == shown
