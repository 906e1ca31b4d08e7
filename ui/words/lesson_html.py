"""A lesson's Markdown as the HTML of a page."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

MARKED_LINES = {
    "diff": (("+", "added"), ("-", "removed"), ("@", "apart")),
    "console": (("$ ", "typed"),),
}
"""For each language of a code block: how a special line begins, and the class that marks it."""

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LESSON_LINK = re.compile(r"\.\./(\d\d)-[a-z0-9-]+(?:/README\.md)?/?")
GLOSSARY_LINK = re.compile(r"(?:\.\./)*docs/glossary\.md(#.*)?")


def to_html(markdown: str) -> Markup:
    """Return a lesson as HTML.

    Comments are left out; other HTML within it is shown as text. Links to other lessons and to the
    glossary lead to their pages, links with a scheme or a fragment stay, all others lead nowhere.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("fence", _block)
    reader.inline.ruler.before("html_inline", "comment", _leave_out_comment)
    tokens = reader.parse(markdown)
    for token in tokens:
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("href", _address(str(part.attrGet("href"))))
    # markdown-it escapes whatever it does not make itself
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704


def _leave_out_comment(state: StateInline, silent: bool) -> bool:
    """Go past a comment if there is one here; it becomes nothing."""
    comment = COMMENT.match(state.src, state.pos)
    if comment:
        state.pos = comment.end()
    return comment is not None


def _address(target: str) -> str:
    if match := LESSON_LINK.fullmatch(target):
        return f"/course/{int(match[1])}"
    if match := GLOSSARY_LINK.fullmatch(target):
        return f"/course/glossary{match[1] or ''}"
    return target if re.match(r"https?://|#", target) else "#main"


def _block(
    _renderer: RendererHTML, tokens: list[Token], index: int, _options: OptionsDict, _env: object
) -> str:
    """Return a block of code in which lines to be typed, added or removed are marked."""
    language = (tokens[index].info.split() or ["text"])[0]
    lines = tokens[index].content.splitlines()
    code = "".join(f"{_line(line, MARKED_LINES.get(language, ()))}\n" for line in lines)
    return f'<pre class="code {escape(language)}" tabindex="0"><code>{code}</code></pre>\n'


def _line(line: str, marks: tuple[tuple[str, str], ...]) -> Markup:
    for start, name in marks:
        if line.startswith(start):
            return Markup('<span class="{}">{}</span>').format(name, line)
    return escape(line)
