"""A lesson's fenced blocks of code: marked lines, and a button that copies what is to be typed."""

from __future__ import annotations

from markupsafe import Markup

MARKED_LINES = {
    "diff": (("+", "added"), ("-", "removed"), ("@", "apart")),
    "console": (("$ ", "typed"),),
}
"""For each language: how a special line begins, and the class that marks it."""

COPIED = {"console": "Command", "diff": "New code"}
"""What the button copies, for each language; from other blocks all of the code."""

BLOCK = Markup(
    '<div class="code-block"><pre class="code {language}" tabindex="0"><code>{code}</code></pre>'
    "{button}</div>\n"
)
BUTTON = Markup(
    '<button type="button" class="copy needs-js" data-copy="{text}" data-what="{what}">'
    'Copy<span class="reader"> {spoken}</span></button>'
)


def code_block(language: str, text: str, is_typed: bool = True) -> Markup:
    """Return a block as HTML, with a button that copies it if `is_typed`. Every line is an element,
    so that a long one can be indented where it goes on."""
    marks = MARKED_LINES.get(language, ())
    code = Markup("").join(_line(line, marks) for line in text.splitlines())
    button = _button(language, text) if is_typed else ""
    return BLOCK.format(language=language, code=code, button=button)


def to_copy(language: str, text: str) -> str:
    """Return what a reader needs of a block: commands without the `$ ` and what they print, a
    changed piece of code as it is after the change, anything else whole."""
    lines = text.splitlines()
    if language == "console":
        return "\n".join(_commands(lines)) or text
    if language == "diff":
        return "\n".join("" if line[:1] == "@" else line[1:] for line in lines if line[:1] != "-")
    return text.rstrip("\n")


def _button(language: str, text: str) -> Markup:
    what = COPIED.get(language, "Code")
    return BUTTON.format(text=to_copy(language, text), what=what, spoken=what.lower())


def _commands(lines: list[str]) -> list[str]:
    commands: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on or line.startswith("$ "):
            commands.append(line if goes_on else line.removeprefix("$ "))
            goes_on = line.endswith("\\")
    return commands


def _line(line: str, marks: tuple[tuple[str, str], ...]) -> Markup:
    name = next((f" {name}" for start, name in marks if line.startswith(start)), "")
    return Markup('<span class="line{}">{}\n</span>').format(name, line)
