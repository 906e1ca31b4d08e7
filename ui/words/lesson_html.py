"""A lesson's Markdown as the HTML of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from ui.words.code_block import code_block
from ui.words.real_ports import USUAL_PORTS, real_ports, with_ports

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LESSON_LINK = re.compile(r"\.\./(\d\d)-[a-z0-9-]+(?:/README\.md)?/?")
GLOSSARY_LINK = re.compile(r"(?:\.\./)*docs/glossary\.md(#.*)?")
LINK_HERE = re.compile(r"https?://(?:localhost|127\.0\.0\.1):(\d+)(?:/+(.*))?")
"""An address on this machine: its port, and its path without the first slash."""

TERM = r"-?(?!localhost:)[a-z][\w.]*(?<!\.py):[^\s:/`][^\s:`]*"
SEARCH = re.compile(rf"{TERM}(?: {TERM})*")
"""A search for traces: `error:1`, `beer.name:stout`. Not `localhost:5000`, not `web.py:12`."""

NEW_FILE = "(new file)"
"""What a line says that is followed by a file to be written."""

SOLUTION = "One way to do it"
"""The section that gives the task's solution away: readers see it when they ask for it."""
FOLD = '<details class="solution"{}><summary>Show one way</summary>\n'


def to_html(markdown: str, shows_solution: bool = False) -> Markup:
    """Return a lesson as HTML, with the ports of the running stack.

    Comments are left out; other HTML within it is shown as text. Links to other lessons, to the
    glossary and to the UI lead to their pages, other links with a scheme or a fragment stay, and
    all others lead nowhere. A search for traces in the text leads to what it finds. The section
    that gives the solution away is folded, unless `shows_solution`.
    """
    ports = real_ports()
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("fence", _block)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    reader.inline.ruler.before("html_inline", "comment", _leave_out_comment)
    tokens = list(_folded(reader.parse(with_ports(markdown, ports)), shows_solution))
    for token in tokens:
        if token.children:
            token.children = list(_linked(token.children, ports[USUAL_PORTS["ui"]]))
    # markdown-it escapes whatever it does not make itself
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704


def _leave_out_comment(state: StateInline, silent: bool) -> bool:
    """Go past a comment if there is one here; it becomes nothing."""
    comment = COMMENT.match(state.src, state.pos)
    if comment:
        state.pos = comment.end()
    return comment is not None


def _folded(tokens: Sequence[Token], is_open: bool) -> Iterator[Token]:
    """Yield the tokens with an element around the solution that opens and closes."""
    in_solution = False
    for index, token in enumerate(tokens):
        if in_solution and token.type == "heading_open" and token.tag in ("h1", "h2"):
            in_solution = False
            yield _html("</details>\n")
        yield token
        if token.type == "heading_close" and tokens[index - 1].content == SOLUTION:
            in_solution = True
            yield _html(FOLD.format(" open" if is_open else ""))
    if in_solution:
        yield _html("</details>\n")


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _linked(parts: Sequence[Token], ui_port: int) -> Iterator[Token]:
    """Yield the parts of a text with links that lead to what the UI has, to searches as well."""
    links = 0
    for part in parts:
        links += part.nesting if part.type.startswith("link_") else 0
        if part.type == "link_open":
            part.attrSet("href", _address(str(part.attrGet("href")), ui_port))
        if part.type == "code_inline" and not links and SEARCH.fullmatch(part.content):
            address = f"/?{urlencode({'q': part.content})}"
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield part
            yield Token("link_close", "a", -1)
        else:
            yield part


def _address(target: str, ui_port: int) -> str:
    if match := LESSON_LINK.fullmatch(target):
        return f"/course/{int(match[1])}"
    if match := GLOSSARY_LINK.fullmatch(target):
        return f"/course/glossary{match[1] or ''}"
    here = LINK_HERE.fullmatch(target)
    if here and int(here[1]) == ui_port:
        return f"/{here[2] or ''}"
    return target if re.match(r"https?://|#", target) else "#main"


def _block(
    _renderer: RendererHTML, tokens: list[Token], index: int, _options: OptionsDict, _env: object
) -> str:
    """Return a block of code; one of text is typed where the line before it says so."""
    language = (tokens[index].info.split() or ["text"])[0]
    intro = tokens[index - 2].content if index >= 2 else ""
    return code_block(language, tokens[index].content, language != "text" or NEW_FILE in intro)


def _table_open(*_: object) -> str:
    """Begin a table in a room of its own, which scrolls sideways where the window is narrow."""
    return '<div class="table-room" tabindex="0"><table>\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"
