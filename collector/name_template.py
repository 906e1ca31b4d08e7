"""The template of a name: what it has in common with others of its kind, `GET /taste/?` for
`GET /taste/7`.

Clients put ids and literals into names, and then every call is an operation of its own. Whatever
groups spans by what they do groups them by template; a span itself keeps its name as received.
OpenTelemetry calls the template of an address `url.template`, and asks for names of low
cardinality.

A template that differs from its name has a `?` wherever it does. The template of a template is
itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

HIDDEN = "?"
"""What stands for an id, a literal, or a list of them."""

_MAX_KEPT_NAMES = 20_000
"""Names whose templates stay in memory: most spans have the same few."""
_MAX_SHORT_CHARS = 500
_MAX_KEPT_LONG_NAMES = 200
"""Names longer than `_MAX_SHORT_CHARS` whose templates stay in memory."""

_MAY_HOLD = re.compile(r"[0-9'\"%]|\?[^?]{0,20}\?|:\w")
"""What a name needs to have to be other than its template."""
_STATUS = re.compile(r"[A-Z_]+ [1-5][0-9]{2}")
"""A request that no route took, and how it was answered, `GET 404`: two kinds, not two ids."""
_STATEMENT = re.compile(
    r"\s*\(?\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE|WITH|VALUES|CREATE|ALTER|DROP|EXPLAIN"
    r"|SAVEPOINT|RELEASE|ROLLBACK|DECLARE|FETCH|CLOSE|PREPARE|EXECUTE|DEALLOCATE|CALL|SET|COPY"
    r"|TRUNCATE|LOCK)\s+(?![/\s])",
    re.IGNORECASE,
)
"""How SQL begins. `DELETE /beers/7` is none."""

# Every alternative matches as far as the end of the name at the latest, or a bounded number of
# characters, or is tried only once for each part of a path: time grows with the length only.
# What is most common and hides nothing comes first: it is what most of the time goes to.
_VALUES = r"""
  (?P<authority>://[^/\s'"?]*)
| (?P<uuid>(?<![^\W_])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![^\W_]))
| (?P<moment>(?<![^\W_])[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}
    (?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?(?![^\W_]))
| (?P<number>(?<![^\W_])[0-9]+(?:\.[0-9]+)*(?![^\W_]))
| (?P<version>(?<!\w)[vV][0-9]+(?:\.[0-9]+)+(?![^\W_]))
| (?P<text>(?<![\w?])[bBeEnNxX]?'[^'\\]*(?:(?:''|\\.)[^'\\]*)*(?:'|\\?\Z))
| (?P<quoted>"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z))
"""
_PATHS = rf"""
  (?P<plain>[^\W\d_]+(?=[\s/]|\Z))
| (?P<gap>[ /]+)
| (?P<encoded>(?<=[/=])[^/=&\s?\#'"%]*%[0-9a-fA-F]{{2}}[^/&\s?\#'"]*)
| {_VALUES}
| (?P<word>[^\W_]+)
| (?P<other>.)
"""
_SQL = rf"""
  (?P<plain>[^\W\d]+(?=[\s,().;=<>*]|\Z))
| (?P<gap>[\s,().;*]+)
| (?P<placeholder>(?:%\([^()\s]*\)s|%s|\$[0-9]+|@p[0-9]+)(?![\w?])|(?<![\w:\])?]):\w+)
| {_VALUES}
| (?P<word>\w+)
| (?P<other>.)
"""
_PATH_TOKENS = re.compile(_PATHS, re.VERBOSE | re.DOTALL)
_SQL_TOKENS = re.compile(_SQL, re.VERBOSE | re.DOTALL)
_ALWAYS_HIDDEN = frozenset(("encoded", "uuid", "moment", "text", "placeholder"))

_NUMBERED = frozenset(
    """api http https tls ssl ipv oauth utf iso sha md x python step phase stage level tier layer
    version north south east west central northeast northwest southeast southwest""".split()  # noqa: SIM905
)
"""Words after which a number says what is meant: `utf-8`, `HTTP/1.1`, `us-east-1`, `step 2`."""
_OWN_NAMES = frozenset(("SAVEPOINT", "DEALLOCATE", "EXECUTE", "PREPARE", "CURSOR", "CLOSE"))
"""Keywords after which a name of the session's own follows, mostly with a number in it."""
_COMPARISONS = frozenset(("=", "<", ">", "LIKE", "ILIKE", "GLOB", "REGEXP"))

_HEX = re.compile(r"0[xX][0-9a-fA-F]+|(?=[^0-9]*[0-9][^0-9]*[0-9])[0-9a-fA-F]{8,}")
"""A number in hexadecimal digits, such as a digest. `deadbeef` and `face2face` may be words."""
_MIN_RANDOM_CHARS = 12
_MIN_DIGIT_GROUPS = 3
"""Groups of digits between the letters of what a machine made up, as in `9s6XKzkNRiz8i3`."""
_DIGIT_GROUP = re.compile(r"[0-9]+")
_LONG_DIGITS = re.compile(r"[0-9]{5,}")
"""Digits that count something even if they are part of a word, `order98765`."""

_SIGN = re.compile(r"(?<=[=<>(,\[])(\s*)[-+](?=\?)")
_ITEM = r"(?:\?(?:::\w+(?:\[\])?)?)"
_LIST = re.compile(rf"({_ITEM})(?:\s*,\s*{_ITEM})+")
_ROWS = re.compile(r"\b(?:VALUES|IN\s*\()\s*(?=\()", re.IGNORECASE)
_CONSTANT = re.compile(r"\b(?:NULL|DEFAULT|TRUE|FALSE)\b", re.IGNORECASE)
_BRACKET = re.compile(r"[()]")
_NEXT_ROW = re.compile(r"\s*,\s*(?=\()")


def template_of(name: str) -> str:
    """Return a name with `?` for each number, UUID, hexadecimal or random id, quoted literal and
    percent-encoded part of a path in it, and for each list of them. Takes linear time."""
    return _template_of_short(name) if len(name) <= _MAX_SHORT_CHARS else _template_of_long(name)


def is_statement(name: str) -> bool:
    """Tell whether a name is a statement in SQL."""
    return bool(_STATEMENT.match(name))


def _make_template(name: str) -> str:
    if not _MAY_HOLD.search(name) or _STATUS.fullmatch(name):
        return name
    if is_statement(name):
        template = _SIGN.sub(r"\1", "".join(_hide(name, _SQL_TOKENS, is_sql=True)))
        return _LIST.sub(r"\1", _with_single_rows(template))
    template = _LIST.sub(HIDDEN, "".join(_hide(name, _PATH_TOKENS, is_sql=False)))
    return _without_repetitions(template)


_template_of_short = lru_cache(maxsize=_MAX_KEPT_NAMES)(_make_template)
_template_of_long = lru_cache(maxsize=_MAX_KEPT_LONG_NAMES)(_make_template)


def _hide(name: str, tokens: re.Pattern[str], is_sql: bool) -> list[str]:
    """Return the tokens of a name, each as it is in the template."""
    kept: list[str] = []
    before = ""
    """The last word, comparison or number that says what is meant; "" after anything hidden."""
    distance = 0
    """Characters since then."""
    for match in tokens.finditer(name):
        kind, token = match.lastgroup, match.group()
        if kind == "gap":
            kept.append(token)
            distance += len(token)
            continue
        if kind == "plain":
            kept.append(token)
            before, distance = token, 0
            continue
        after = before if distance == 1 else ""
        if kind in _ALWAYS_HIDDEN or _is_value(match, before, after, is_sql):
            token = HIDDEN
        elif kind == "word":
            token = _hide_in_word(token, is_sql)
        kept.append(token)
        if kind == "other" and token != HIDDEN and token not in _COMPARISONS:
            distance += len(token)
        elif kind != "number" or token == HIDDEN:  # a kept one says no more than its word
            before, distance = token.rpartition(HIDDEN)[2], 0
        else:
            distance = 0
    return kept


def _is_value(match: re.Match[str], before: str, after: str, is_sql: bool) -> bool:
    """Tell whether a token is a value as a whole. `before` is the word or comparison before it,
    `after` the same if there is only one character between them."""
    kind = match.lastgroup
    if kind == "number":
        return not _is_numbered(after)
    if kind == "quoted":
        return _is_literal(match, before, is_sql)
    own = kind == "word" and is_sql and after.upper() in _OWN_NAMES
    return own and bool(_DIGIT_GROUP.search(match.group()))


def _is_literal(quoted: re.Match[str], before: str, is_sql: bool) -> bool:
    """Tell whether something in double quotes is a value rather than the name of a column or of a
    field."""
    following = quoted.string[quoted.end() : quoted.end() + 1]
    if is_sql:
        return (before.upper() in _COMPARISONS and following != ".") or before.upper() in _OWN_NAMES
    return following != ":"


def _is_numbered(word: str) -> bool:
    """Tell whether a number after this word, which may end in one, says what is meant."""
    return word.lower().rstrip("0123456789") in _NUMBERED


def _hide_in_word(word: str, is_sql: bool) -> str:
    """Return a word with `?` for those of its parts, between `_`, that are ids."""
    if not _DIGIT_GROUP.search(word):
        return word
    return "_".join(_hide_id(part, is_sql) for part in word.split("_"))


def _hide_id(part: str, is_sql: bool) -> str:
    """Return `?` for an id, or the part with `?` for all of its long numbers. In SQL a short number
    belongs to a name: `baker_1`."""
    if _HEX.fullmatch(part) or (part.isdecimal() and not is_sql):
        return HIDDEN
    if len(part) >= _MIN_RANDOM_CHARS and len(_DIGIT_GROUP.findall(part)) >= _MIN_DIGIT_GROUPS:
        return HIDDEN
    return _LONG_DIGITS.sub(HIDDEN, part)


def _with_single_rows(statement: str) -> str:
    """Return a statement with only the first of several rows, `VALUES (?, ?), (?, ?)`."""
    kept: list[str] = []
    done = 0
    while rows := _ROWS.search(statement, done):
        first_end = _closing(statement, rows.end())
        end = first_end
        while following := _NEXT_ROW.match(statement, end):
            end = _closing(statement, following.end())
        row = _CONSTANT.sub(HIDDEN, statement[rows.end() : first_end])
        kept += [statement[done : rows.end()], row]
        done = end
    return "".join(kept) + statement[done:]


def _closing(statement: str, opening: int) -> int:
    """Return the position after the bracket that closes the one at `opening`; the end if none
    does."""
    depth = 0
    for bracket in _BRACKET.finditer(statement, opening):
        depth += 1 if bracket.group() == "(" else -1
        if not depth:
            return bracket.end()
    return len(statement)


def _without_repetitions(template: str) -> str:
    """Return a template without what follows its like, as in `MGET user:? user:?`."""
    kept: list[str] = []
    for word in template.split(" "):
        if not (kept and word == kept[-1] and HIDDEN in word):
            kept.append(word)
    return " ".join(kept)
