"""Turning a lesson's Markdown into the HTML of a page."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

LINES = {
    "diff": (("+", "added"), ("-", "removed"), ("@", "apart")),
    "console": (("$ ", "typed"),),
}
"""For each language of a code block: what marks a line that is shown in a way of its own."""

LESSON = re.compile(r"\.\./(\d\d)-[a-z0-9-]+(?:/README\.md)?/?")
GLOSSARY = re.compile(r"(?:\.\./)*docs/glossary\.md(#.*)?")


def to_html(markdown: str) -> Markup:
    """A lesson as HTML. HTML within it is shown as text, and only links that lead somewhere stay:
    to other lessons, to the glossary, and to addresses with a scheme."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("fence", _block)
    tokens = reader.parse(markdown)
    for token in tokens:
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("href", _address(str(part.attrGet("href"))))
    # markdown-it escapes whatever it does not make itself
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704


def _address(target: str) -> str:
    if found := LESSON.fullmatch(target):
        return f"/course/{int(found[1])}"
    if found := GLOSSARY.fullmatch(target):
        return f"/course/glossary{found[1] or ''}"
    return target if re.match(r"https?://|#", target) else "#main"


def _block(
    _renderer: RendererHTML, tokens: list[Token], at: int, _options: OptionsDict, _env: object
) -> str:
    """A block of code, with the lines marked that are to be typed, added or removed."""
    language = (tokens[at].info.split() or ["text"])[0]
    lines = tokens[at].content.splitlines()
    shown = "".join(f"{_line(line, LINES.get(language, ()))}\n" for line in lines)
    return f'<pre class="code {escape(language)}" tabindex="0"><code>{shown}</code></pre>\n'


def _line(line: str, marks: tuple[tuple[str, str], ...]) -> Markup:
    for mark, name in marks:
        if line.startswith(mark):
            return Markup('<span class="{}">{}</span>').format(name, line)
    return escape(line)
