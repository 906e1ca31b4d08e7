"""What a single term of a search means."""

from __future__ import annotations

import re
from collections.abc import Callable

from collector.http_status import STATUS_TAGS
from collector.search.ast import (
    EVERYTHING,
    Error,
    Field,
    Node,
    Not,
    Or,
    RootField,
    RouteError,
    RouteField,
    Tag,
    Text,
    TraceId,
    TraceIdHalf,
    Word,
)
from collector.search.comparisons import COMPARED_KEYS, compared_measure, compared_tag
from collector.search.keys import EXISTS, STATUS, TRACE_KEYS, Meaning, meanings
from collector.search.pasted_id import PastedId, pasted_id
from collector.search.query_error import Edit, QueryError
from collector.search.tokens import Token
from collector.trace_ids import HALF_DIGITS, TRACE_ID_DIGITS, is_hex

SYNTHETIC = Tag("user_agent.synthetic.type", Text("test"))
"""The tag of requests that a test has made."""
INFERRED = Tag("inferred.from", Text("records"))
"""The tag of traces that nobody has traced: `collector.infer.spans` has made them of records."""
LEFT_OUT = {"synthetic": SYNTHETIC, "inferred": INFERRED}
"""By key, the traces that searches leave out unless they ask for them by that key."""
_ONLY, _NONE, _ANY = ("1", "true", "yes", "only"), ("0", "false", "no"), ("any", "all")
_YES = ("1", "true", "yes", "on", "error", "failed")
_NO = ("0", "false", "no", "off", "ok")
_REGULAR_TEXT = re.compile(r"\^?((?:[\w/ :@,-]|\\?\.(?![*+?]))+)(\.\*)?\$?")
"""A regular expression that a text, perhaps with a `*` at its end, says as well."""
_MIN_ID_PREFIX = 4


def node_of_word(token: Token) -> Node:
    """Return what a word without a key means. Raises `QueryError` if it means nothing."""
    value, position = token.value, token.position
    if not token.quoted:
        if not value and token.star:
            return EVERYTHING
        value = value.removeprefix("*")
        if "*" in value:
            literal = token.replaced_by(f'"{value}"')
            raise QueryError("a * is possible only at the end", position, literal)
    if not value:
        raise QueryError("a word is missing", position, token.replaced_by(""))
    word = Word(value.casefold())
    ids = [] if token.quoted else _nodes_of_ids(pasted_id(value))
    return Or((word, *ids)) if ids else word


def node_of_keyed(token: Token, in_braces: bool) -> Node:
    """Return what a term with a key means, within braces or outside them. Raises `QueryError` if it
    means nothing."""
    if token.operator == "!=":
        return Not(node_of_keyed(token._replace(operator=":"), in_braces))
    if token.operator == "!~":
        return Not(node_of_keyed(token._replace(operator="=~"), in_braces))
    key, value = token.key or "", token.value
    if key == "*" and token.star and not value:
        return EVERYTHING
    if token.folded_key == EXISTS and value:
        return Tag(value, Text("", True))
    if not value and not token.quoted and not token.star:
        raise QueryError(
            f'{key}: has no value; write {key}:"" to find empty values, {key}:* to find any',
            token.position,
            token.replaced_by(f"{key}:*"),
        )
    nodes: list[Node] = []
    refusals: list[QueryError] = []
    for meaning in meanings(key, token.folded_key):
        try:
            node = _node(meaning, token, in_braces)
            nodes += node.parts if isinstance(node, Or) else [node]
        except QueryError as refusal:
            if meaning.key in COMPARED_KEYS or in_braces:
                raise
            refusals.append(refusal)
    if not nodes:
        raise refusals[0]
    return _any_of(nodes)


def _any_of(nodes: list[Node]) -> Node:
    different = tuple(dict.fromkeys(nodes))
    return different[0] if len(different) == 1 else Or(different)


def _node(meaning: Meaning, token: Token, in_braces: bool) -> Node:
    """Return a term under one of its meanings. Raises `QueryError` if that is none."""
    if not meaning.is_own:
        return _tag(meaning.key, token)
    if in_braces and meaning.key in TRACE_KEYS:
        raise _about_the_trace(meaning.key, token)
    return _own(meaning, token)


def _own(meaning: Meaning, token: Token) -> Node:
    key = meaning.key
    if key in COMPARED_KEYS:
        return compared_measure(meaning, token)
    if key == STATUS:
        return _status(token)
    if token.operator not in (":", "=~"):
        raise QueryError(
            f"{key} cannot be compared with {token.operator}",
            token.position,
            token.replaced_by(f'{key}:"{token.value}"'),
        )
    if key in ("error", "route.error"):
        return _failure(key, token)
    if key in LEFT_OUT:
        return _usually_left_out(key, token)
    if key == "trace":
        return _trace(token)
    return _texts(token, lambda text: _field(key, text))


def _field(key: str, text: Text) -> Node:
    group, _, field = key.rpartition(".")
    if group == "root":
        return RootField(field, text)
    return RouteField(field, text) if group == "route" else Field(key, text)


def _tag(key: str, token: Token) -> Node:
    if token.operator in (":", "=~"):
        return _texts(token, lambda text: Tag(key, text))
    return compared_tag(key, token)


def _texts(token: Token, make: Callable[[Text], Node]) -> Node:
    """Return what a term with a text as its value means, or a regular expression that says no
    more than one."""
    value = token.value
    if token.operator == "=~":
        regular = value + "*" * token.star
        parts = [_REGULAR_TEXT.fullmatch(part) for part in regular.strip("()").split("|")]
        texts = [Text(p[1].replace("\\.", "."), bool(p[2])) for p in parts if p]
        if len(texts) < len(parts):
            raise QueryError(
                "regular expressions are not understood; a * at the end matches any rest",
                token.position,
                token.replaced_by(f'{token.key}:"{regular}"'),
            )
        nodes = [make(text) for text in texts]
        return _any_of(nodes)
    if "*" in value and not token.quoted:
        whole = value + "*" * token.star
        begins, word = value.partition("*")[0], whole.strip("*")
        edits = [token.replaced_by(f"{token.key}:{begins}*")] if begins else []
        if not begins and word and "*" not in word:
            edits.append(token.replaced_by(word))
        literal = token.replaced_by(f'{token.key}:"{whole}"')
        raise QueryError("a * is possible only at the end", token.position, *edits, literal)
    return make(Text(value, token.star))


def _status(token: Token) -> Node:
    """Return what `status:500` means, or `status:error`, as others call the status of a span."""
    value = token.value.casefold()
    if token.operator == ":" and value in ("error", "ok"):
        return Error(value == "error")
    return _any_of([_tag(key, token) for key in STATUS_TAGS])


def _failure(key: str, token: Token) -> Node:
    value = token.value.casefold().strip(".,;")
    if value in _YES or (token.star and not value):
        return Error(True) if key == "error" else RouteError(True)
    if value in _NO:
        return Error(False) if key == "error" else RouteError(False)
    is_status = len(value) == 3 and value.isdigit()
    edits = [token.replaced_by(f"status:{value}")] if is_status else []
    edits += [token.replaced_by(f"{key}:{flag}") for flag in "10"]
    raise QueryError(f"{key} must be 0 or 1", token.position, *edits)


def _usually_left_out(key: str, token: Token) -> Node:
    value = token.value.casefold().strip(".,;")
    if value in _ONLY:
        return LEFT_OUT[key]
    if value in _NONE:
        return Not(LEFT_OUT[key])
    if value in _ANY:
        return EVERYTHING
    edits = [token.replaced_by(f"{key}:{choice}") for choice in ("1", "0", "any")]
    raise QueryError(f"{key} must be 0, 1 or any", token.position, *edits)


def _trace(token: Token) -> Node:
    value = token.value.lower()
    if value.startswith("*") and len(value) == 1 + HALF_DIGITS and is_hex(value[1:]):
        return TraceIdHalf(value[1:])
    is_prefix = _MIN_ID_PREFIX <= len(value) <= TRACE_ID_DIGITS and is_hex(value)
    nodes: list[Node] = [TraceId(value)] if is_prefix else []
    if not token.star and len(value) != TRACE_ID_DIGITS:
        nodes += _nodes_of_ids(pasted_id(value))
    if not nodes:
        raise QueryError(
            "a trace id must have 4 to 32 hex digits",
            token.position,
            token.replaced_by(token.value),
        )
    return _any_of(nodes)


def _nodes_of_ids(ids: PastedId) -> list[Node]:
    return [*map(TraceId, ids.wholes), *map(TraceIdHalf, ids.halves)]


def _about_the_trace(key: str, token: Token) -> QueryError:
    hint, edits = "", []
    if key == "duration" and token.folded_key == key:
        hint = ", or use span.duration"
        begin = token.position
        edits = [Edit(begin, begin + len(key), "span.duration")]
    message = f"{key} is about the whole trace; put it outside the braces{hint}"
    return QueryError(message, token.position, *edits)
