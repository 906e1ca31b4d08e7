"""Lessons as HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.test_security import Elements
from ui.words.lesson_html import to_html

HARMLESS = {
    *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li"),
    *("ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def test_prose_tables_and_quotes_become_html() -> None:
    html = to_html("# 04 An id\n\n> Whose?\n\nA **trace** has `spans`.\n\n|a|b|\n|-|-|\n|1|2|\n")
    assert "<h1>04 An id</h1>" in html
    assert "<blockquote>" in html
    assert "<strong>trace</strong>" in html
    assert "<code>spans</code>" in html
    assert "<td>2</td>" in html


def test_added_removed_and_typed_lines_are_marked() -> None:
    html = to_html("```diff\n-old\n+new <b>\n same\n```\n\n```console\n$ curl x\nok\n```\n")
    assert '<span class="removed">-old</span>' in html
    assert '<span class="added">+new &lt;b&gt;</span>' in html
    assert "\n same\n" in html
    assert '<span class="typed">$ curl x</span>\nok' in html


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("../07-spans/README.md", "/course/7"),
        ("../07-spans", "/course/7"),
        ("../../docs/glossary.md", "/course/glossary"),
        ("../../docs/glossary.md#span", "/course/glossary#span"),
        ("https://www.w3.org/TR/trace-context/", "https://www.w3.org/TR/trace-context/"),
        ("../../services/web.py", "#main"),
    ],
)
def test_links_lead_to_what_the_ui_has(target: str, address: str) -> None:
    assert f'href="{address}"' in to_html(f"[there]({target})")


@given(st.text(alphabet="<>\"'&`*_[]()!#\n javscriptonload:=/+-", max_size=80))
def test_nothing_written_in_a_lesson_becomes_script(text: str) -> None:
    for markdown in (text, f"```diff\n{text}\n```", f"```{text}\nx\n```"):
        for tag, attributes in Elements(to_html(markdown)).found:
            assert tag in HARMLESS
            assert not [name for name in attributes if name.startswith("on")]
            assert not (attributes.get("href") or "").strip().lower().startswith("javascript:")


LESSONS = sorted(Path("steps").glob("*/README.md"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.parent.name)
def test_no_lesson_shows_its_comments(lesson: Path) -> None:
    assert "&lt;!--" not in to_html(lesson.read_text("utf-8"))


def test_comments_are_for_those_who_write() -> None:
    html = to_html("It takes 506 ms<!-- figure: match -->, a third<!-- figure: a\nof b -->.\n")
    assert html == "<p>It takes 506 ms, a third.</p>\n"
    assert "&lt;!-- it --&gt;" in to_html("`<!-- it -->`")
