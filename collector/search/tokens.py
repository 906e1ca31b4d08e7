"""The search text cut into tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 4_000
"""Characters of a search."""


class QueryError(Exception):
    """A search that cannot be read; the message names the place."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(f"the search cannot be read at character {at + 1}: {message}")


class Token(NamedTuple):
    """One token. `kind` is the character itself for `( ) { } -`, `or`, `not`, `word` or `end`."""

    kind: str
    at: int
    """Where it begins, counted from 0."""
    key: str | None = None
    """What stands before the colon; of words only."""
    value: str = ""
    star: bool = False
    """Whether a `*` follows the value."""
    quoted: bool = False
    """Whether the value was in quotes."""


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WORD = re.compile(
    rf"""(?: (?P<key> {_QUOTED} | [^\s"(){{}}:]+ ) : )?
         (?: (?P<quoted> {_QUOTED} ) (?P<star> \*)? | (?P<plain> [^\s"(){{}}]* ) )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"\s*")
_KEYWORDS = {"OR": "or", "NOT": "not", "AND": "and"}


def tokens(text: str) -> list[Token]:
    """The tokens of the search, the last of them `end`. Raises `QueryError`."""
    if len(text) > LONGEST:
        raise QueryError(f"it is longer than {LONGEST:,} characters", LONGEST)
    found = []
    at = _after_space(text, 0)
    while at < len(text):
        token, end = _token(text, at)
        if token.kind == "word" and end < len(text) and not _ends_word(text[end]):
            if text[end] == '"' and not token.value:
                raise QueryError("a quote is not closed", end)
            raise QueryError(f"a space is missing before {text[end]!r}", end)
        found.append(token)
        at = _after_space(text, end)
    found.append(Token("end", len(text)))
    return found


def _ends_word(character: str) -> bool:
    return character.isspace() or character in ")}"


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _token(text: str, at: int) -> tuple[Token, int]:
    """The token that begins there, and where it ends."""
    if text[at] in "(){}-":
        return Token(text[at], at), at + 1
    match = _WORD.match(text, at)
    if match is None or match.end() == at:
        raise QueryError("a quote is not closed", at)
    key, quoted, plain = match["key"], match["quoted"], match["plain"]
    if quoted is not None:
        word = Token("word", at, _unquoted(key), _unquoted(quoted) or "", bool(match["star"]), True)
    elif key is None and plain in _KEYWORDS:
        word = Token(_KEYWORDS[plain], at)
    else:
        star = plain.endswith("*")
        word = Token("word", at, _unquoted(key), plain[: len(plain) - star], star)
    return word, match.end()


def _unquoted(text: str | None) -> str | None:
    if text is None or not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
