"""A search's text cut into tokens.

People write searches as the tools write them that they come from, and on phones: `service = web`,
`duration: > 200 ms`, `error:true and not name:“flask.request”`. All of these are the same tokens.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from collector.search.keys import DURATION_KEYS, MEASURE_KEYS, TEXT_KEYS
from collector.search.query_error import Edit, QueryError

MAX_QUERY_CHARS = 4_000


class Token(NamedTuple):
    """A word, an operator, a bracket, or the end of the search."""

    kind: str
    """`word`, `or`, `and`, `not`, `end`, or the character itself for `( ) { } -`."""
    position: int
    """Where it begins, counted from 0."""
    end: int
    """Where what comes after it begins."""
    key: str | None = None
    """What comes before a word's operator; None if it has none."""
    operator: str = ""
    """What stands between key and value: `:`, `!=`, `=~`, `!~`, `..` or one of `> >= < <=`."""
    value: str = ""
    star: bool = False
    """Whether a `*` follows the value."""
    quoted: bool = False
    """Whether the value was in quotes."""
    key_quoted: bool = False
    """Whether the key was in quotes: it is a tag's then, whatever it means otherwise."""
    casual: bool = False
    """Whether `or`, `and` or `not` is not in capitals: it may be a word that is searched for."""

    @property
    def folded_key(self) -> str:
        """The key in lower case; empty if it has none, or if it is in quotes."""
        return "" if self.key is None or self.key_quoted else self.key.casefold()

    @property
    def is_bare(self) -> bool:
        """Whether it is a word without a key, and without quotes."""
        return self.kind == "word" and self.key is None and not self.quoted

    def replaced_by(self, term: str) -> Edit:
        """Return the edit that puts another term in the place of this one."""
        return Edit(self.position, self.end, term)


_BLANK = r"[\s\u200b\ufeff]"
_DOUBLE = '"“”„‟«»＂'
_SINGLE = "'‘’‚‛"
_BRACKETS = "(){}"
_DASHES = "-–—−"
_QUOTED = rf"""(?:
    "(?:[^"\\]|\\.)*"
  | [{_DOUBLE[1:]}](?:[^{_DOUBLE}\\]|\\.)*[{_DOUBLE}]
  | [{_SINGLE}](?:[^{_SINGLE}\\]|\\.|[{_SINGLE}](?=\w))*[{_SINGLE}](?!\w)
  | `[^`]*`
)"""
_OPERATORS = r">=|=>|<=|=<|==|=~|!=|!~|≥|≤|≠|>|<|="
_SAME_OPERATOR = {
    "=>": ">=", "=<": "<=", "≥": ">=", "≤": "<=", "≠": "!=", "=": ":", "==": ":", "：": ":",
}  # fmt: skip
_KEY = re.compile(
    rf"""(?: (?P<quoted>{_QUOTED}) | (?P<plain>(?:[^\s\u200b\ufeff{_DOUBLE}{_BRACKETS}:：=<>≥≤≠!]
             | !(?![=~]))+) )
         {_BLANK}*
         (?: (?P<colon>[:：]) {_BLANK}* (?P<after>{_OPERATORS})? | (?P<operator>{_OPERATORS}) )
         {_BLANK}*""",
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(
    rf"""(?P<quoted>{_QUOTED})(?P<star>\*)? | (?P<plain>[^\s\u200b\ufeff{_DOUBLE}{_BRACKETS}]*)""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_KEY = re.compile(r"[\w.@$][\w.@$/-]*")
"""A key before another operator than a colon: `/beers?name=ipa` is a word."""
_NUMBER_AHEAD = re.compile(rf"[{_DOUBLE}{_SINGLE}]?[-+]?[.,]?\d")
_BOUND = r"([^\s\u200b\ufeff\]]+)"
"""One end of `[200ms TO 1s]`. It has no blanks of any kind: what could be both a blank and a part
of it would be tried in every division."""
_BETWEEN = re.compile(rf"\[{_BLANK}*{_BOUND}{_BLANK}+TO{_BLANK}+{_BOUND}{_BLANK}*\]", re.I)
_NUMBER = re.compile(r"[.,]?\d[\d.,]*")
_UNIT = re.compile(rf"{_BLANK}+([a-zA-Zµμ]+)(?![^\s\u200b\ufeff)}},;])")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_REQUEST = re.compile(
    rf"({'|'.join(METHODS)}){_BLANK}+(/(?:[^\s\u200b\ufeff{_DOUBLE}{_BRACKETS}]"
    rf"|\{{[^\s{_DOUBLE}{_BRACKETS}]*\}})*)",
    re.IGNORECASE,
)
"""A resource of two words, `GET /beers/{name}`."""
_SPACE = re.compile(rf"(?:{_BLANK}|[,;](?!\S))*")
_KEYWORDS = {"OR": "or", "NOT": "not", "AND": "and", "||": "or", "|": "or", "&&": "and", "&": "and"}
_UP_TO_SPACE = re.compile(r"\S*")
_ONLY_SYMBOLS = re.compile(r"[<>=~!&|^]+")


def tokens(text: str) -> list[Token]:
    """Return the tokens of the search, the last of them `end`.

    Raises `QueryError` if a quote is not closed, a space is missing, or the text is too long.
    """
    if len(text) > MAX_QUERY_CHARS:
        raise QueryError(f"it is longer than {MAX_QUERY_CHARS:,} characters", MAX_QUERY_CHARS)
    result = []
    position = _after_space(text, 0)
    while position < len(text):
        token = _token(text, position)
        result.append(token)
        position = _after_space(text, token.end)
    result.append(Token("end", len(text), len(text)))
    return result


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _token(text: str, position: int) -> Token:
    """Return the token that begins at the position."""
    first, second = text[position], text[position + 1 : position + 2]
    if first in _BRACKETS:
        return Token(first, position, position + 1)
    if first in _DASHES:
        return Token("-", position, position + 1)
    if first == "!" and second not in ("=", "~"):
        return Token("not", position, position + 1)
    if first == "+" and second.strip() and second != "+":
        return _token(text, position + 1)
    return _keyed(text, position) or _bare(text, position)


def _keyed(text: str, position: int) -> Token | None:
    """Return the term with a key that begins at the position; None if there is none."""
    match = _KEY.match(text, position)
    if match is None or _is_address(text, match):
        return None
    key_quoted = match["quoted"] is not None
    key = _unquoted(match["quoted"]) if key_quoted else match["plain"]
    if not match["colon"] and not key_quoted and not _PLAIN_KEY.fullmatch(key):
        return None
    written = match["after"] or match["operator"] or ":"
    operator, begin = _SAME_OPERATOR.get(written, written), match.end()
    token = Token("word", position, begin, key, operator, key_quoted=key_quoted)
    if operator[0] in "<>" and not (
        token.folded_key in MEASURE_KEYS or _NUMBER_AHEAD.match(text, begin)
    ):
        if not match["colon"]:
            return None
        return _with_value(text, match.start("after"), token._replace(operator=":"))
    end_of_operator = max(match.end(name) for name in ("colon", "after", "operator"))
    if begin > end_of_operator and _begins_another(text, begin):
        return token._replace(end=end_of_operator)
    return _with_value(text, begin, token)


def _is_address(text: str, match: re.Match[str]) -> bool:
    """Return whether what looks like a key is the beginning of `http://…`."""
    return bool(match["colon"] and match["plain"]) and text.startswith("://", match.end("plain"))


def _begins_another(text: str, position: int) -> bool:
    """Return whether a term of its own begins here, and no value."""
    match = _KEY.match(text, position)
    word = _VALUE.match(text, position)
    is_connective = word is not None and word["plain"] in ("AND", "OR", "NOT")
    return is_connective or (match is not None and not _is_address(text, match))


def _with_value(text: str, begin: int, token: Token) -> Token:
    """Return the term with the value that begins at `begin`."""
    if between := _BETWEEN.match(text, begin):
        low, high = between.groups()
        return token._replace(operator="..", value=f"{low}..{high}", end=between.end())
    if token.folded_key in TEXT_KEYS and (request := _REQUEST.match(text, begin)):
        method, path = request.groups()
        return _complete(text, token, f"{method.upper()} {path}", request.end())
    match = _VALUE.match(text, begin)
    if match is None or match.end() == begin:
        if text[begin : begin + 1] in {*_DOUBLE, *_SINGLE, "`"} - {""}:
            raise _unclosed(text, begin)
        is_group = text.startswith("(", begin)
        return token._replace(end=begin) if is_group else _complete(text, token, "", begin)
    if match["quoted"]:
        value, star = _unquoted(match["quoted"]), bool(match["star"])
        return _ended(text, token._replace(value=value, star=star, quoted=True, end=match.end()))
    plain, end = match["plain"], match.end()
    if plain[0] in {*_SINGLE, "`"}:
        raise _unclosed(text, begin)
    is_number = token.folded_key in DURATION_KEYS and _NUMBER.fullmatch(plain)
    if is_number and (unit := _UNIT.match(text, end)):
        plain, end = plain + unit[1], unit.end()
    return _complete(text, token, plain, end)


def _bare(text: str, position: int) -> Token:
    """Return the word without a key that begins at the position."""
    token = _with_value(text, position, Token("word", position, position))
    connective = "" if token.quoted else _KEYWORDS.get(token.value.upper(), "")
    if connective:
        casual = token.value.isalpha() and not token.value.isupper()
        return token._replace(kind=connective, casual=casual)
    if not token.quoted and _ONLY_SYMBOLS.fullmatch(token.value):
        raise QueryError(
            f"{token.value!r} connects nothing here; put it in quotes to search for it",
            position,
            Edit(position, _after_space(text, token.end), ""),
        )
    return token


def _complete(text: str, token: Token, plain: str, end: int) -> Token:
    """Return the term with a value that is not in quotes."""
    if len(plain) > 1 and plain[-1] in ",;":
        plain = plain[:-1]
    star = plain.endswith("*")
    return _ended(text, token._replace(value=plain[: len(plain) - star], star=star, end=end))


def _ended(text: str, token: Token) -> Token:
    """Return the token. Raises `QueryError` if it does not end where it should."""
    following = text[token.end : token.end + 1]
    if not following or following in ")}" or _SPACE.fullmatch(following) or following in ",;":
        return token
    if following in _DOUBLE and not _VALUE.match(text, token.end):
        raise _unclosed(text, token.end)
    rest = _UP_TO_SPACE.match(text, token.end)
    begin = token.end - len(token.value) - token.star
    edits = [Edit(token.end, token.end, " ")]
    if not token.quoted and rest and not set(rest[0]) & {*_DOUBLE, "\\"}:
        edits.insert(1 - bool(token.key), Edit(begin, rest.end(), f'"{token.value}{rest[0]}"'))
    raise QueryError(f"a space is missing before {following!r}", token.end, *edits)


def _unclosed(text: str, position: int) -> QueryError:
    quote = text[position] if text[position] in "'`" else '"'
    return QueryError("a quote is not closed", position, Edit(len(text), len(text), quote))


def _unquoted(text: str) -> str:
    """Return what is in quotes."""
    inner = text[1:-1]
    return inner if text[0] == "`" else re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
