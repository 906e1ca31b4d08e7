"""Lessons as HTML."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.test_security import Elements
from ui.words.code_block import to_copy
from ui.words.lesson_html import to_html

HARMLESS = {
    *(
        "a",
        "blockquote",
        "br",
        "button",
        "code",
        "details",
        "div",
        "em",
        "summary",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "li",
    ),
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
    assert '<span class="line removed">-old\n</span>' in html
    assert '<span class="line added">+new &lt;b&gt;\n</span>' in html
    assert '<span class="line"> same\n</span>' in html
    assert '<span class="line typed">$ curl x\n</span><span class="line">ok\n</span>' in html


@pytest.mark.parametrize(
    ("language", "text", "copied"),
    [
        ("console", "$ curl x\nok\n$ a \\\n  b\nok\n", "curl x\na \\\n  b"),
        ("console", "only output\n", "only output\n"),
        ("diff", "-old\n+new\n same\n@@\n \n+more\n", "new\nsame\n\n\nmore"),
        ("python", "def pair():\n    return 1\n", "def pair():\n    return 1"),
    ],
)
def test_what_is_copied_is_what_is_typed(language: str, text: str, copied: str) -> None:
    assert to_copy(language, text) == copied


def test_a_drawing_is_not_copied_but_a_file_is() -> None:
    assert "<button" not in to_html("This is it:\n\n```text\nweb --> taster\n```\n")
    assert "<button" in to_html("**`mine/predictions.txt`** (new file):\n\n```text\n12: 2x\n```\n")


def test_one_way_to_do_it_is_folded_up_to_the_next_section() -> None:
    lesson = "## One way to do it\n\nThis.\n\n### And\n\nthat.\n\n## Why\n\nSo.\n"
    before, fold = to_html(lesson).split('<details class="solution">')
    inside, after = fold.split("</details>")
    assert "<h2>One way to do it</h2>" in before
    assert "<summary>Show one way</summary>" in inside
    assert "that." in inside
    assert "So." in after
    assert '<details class="solution" open>' in to_html(lesson, shows_solution=True)


@pytest.mark.parametrize("search", ["error:1", "beer.name:stout", "root.name:a -cache.hit:false"])
def test_a_search_leads_to_what_it_finds(search: str) -> None:
    assert f'<a href="/?{urlencode({"q": search})}"><code>' in to_html(f"Look for `{search}`.")
    assert "<a" not in to_html(f"```console\n$ {search}\n```")


@pytest.mark.parametrize(
    "code", ["localhost:5000", "mine/web.py:12", "web.py:12", "beer.name: ipa", "http://x", "x:"]
)
def test_other_code_with_a_colon_is_no_search(code: str) -> None:
    assert "<a" not in to_html(f"`{code}`")


def test_the_ports_are_those_of_the_running_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_URL", "http://127.0.0.1:5007")
    monkeypatch.setenv("UI_URL", "http://127.0.0.1:8081")
    html = to_html("```console\n$ curl localhost:5000\n```\n\n<http://localhost:8080/routes>")
    assert 'data-copy="curl localhost:5007"' in html
    assert '<a href="/routes">http://localhost:8081/routes</a>' in html


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
