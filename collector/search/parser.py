"""The parser: from a search's text to its syntax tree."""

from __future__ import annotations

from collector.search.ast import EVERYTHING, And, Node, Not, Or, SameSpan, Word
from collector.search.query_error import Edit, QueryError
from collector.search.terms import node_of_keyed, node_of_word
from collector.search.tokens import Token, tokens

MAX_TERMS = 100
MAX_DEPTH = 20
"""Levels of parentheses, braces and negations within each other."""
_BEGINS_TERM = ("word", "not", "-", "(", "{")


def parse(text: str) -> Node:
    """Return the search as a tree. Raises `QueryError` if it cannot be read."""
    return _Parser(tokens(text)).parse()


class _Parser:
    """A recursive-descent parser, one method per rule; `MAX_DEPTH` bounds the recursion."""

    def __init__(self, tokens_: list[Token]) -> None:
        self._tokens = tokens_
        self._next = 0
        self._depth = 0
        self._in_braces = False
        self._group: Token | None = None
        """The `service:` of `service:(web OR db)`, while what is in parentheses is read."""
        words = [token for token in tokens_ if token.kind == "word"]
        if len(words) > MAX_TERMS:
            raise QueryError(f"it has more than {MAX_TERMS} terms", words[MAX_TERMS].position)

    def parse(self) -> Node:
        """Read the whole search. Raises `QueryError` if it cannot be read."""
        if self._peek().kind == "end":
            return EVERYTHING
        node = self._any()
        token = self._peek()
        if token.kind != "end":
            drop = token.replaced_by("")
            raise QueryError(f"unmatched {token.kind!r}", token.position, drop)
        return node

    def _any(self) -> Node:
        """Read `all OR all …`."""
        parts = [self._all()]
        while self._peek().kind == "or":
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        """Read `one one …` or `one AND one …`."""
        parts = [self._one()]
        while self._peek().kind not in (")", "}", "end") and not self._is_at("or"):
            if self._is_at("and"):
                self._take()
            parts.append(self._one())
        narrowing = [part for part in parts if part != EVERYTHING]
        return narrowing[0] if len(narrowing) == 1 else And(tuple(narrowing))

    def _is_at(self, connective: str) -> bool:
        """Return whether the connective is next. Not in capitals, it is one only between terms."""
        token = self._peek()
        following = self._tokens[min(self._next + 1, len(self._tokens) - 1)]
        is_word = token.casual and not (following.kind in _BEGINS_TERM or following.casual)
        return token.kind == connective and not is_word

    def _one(self) -> Node:
        """Read a term, a negation, or something in parentheses or braces."""
        token = self._take()
        if token.kind == "word":
            return self._term(token)
        if token.casual and (token.kind != "not" or self._is_before_a_word()):
            return Word(token.value.casefold())
        if token.kind not in ("not", "-", "(", "{"):
            raise self._no_term(token)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(f"it is nested more than {MAX_DEPTH} levels deep", token.position)
        if token.kind in ("not", "-"):
            node: Node = Not(self._one())
        elif token.kind == "(":
            node = self._closed(")", token)
        elif self._in_braces:
            raise QueryError("braces cannot be nested", token.position)
        else:
            self._in_braces = True
            node = SameSpan(self._closed("}", token))
            self._in_braces = False
        self._depth -= 1
        return node

    def _is_before_a_word(self) -> bool:
        """Return whether a `not` that is not in capitals is a word: before other words it is, and
        at the end."""
        following = self._peek()
        return following.is_bare or following.kind not in _BEGINS_TERM

    def _closed(self, closing: str, opening: Token) -> Node:
        node = self._any()
        token = self._take()
        if token.kind != closing:
            close = Edit(token.position, token.position, closing)
            raise QueryError(f"this {opening.kind!r} is not closed", opening.position, close)
        return node

    def _no_term(self, token: Token) -> QueryError:
        """Return the error for a token where a term is expected."""
        what = "ends" if token.kind == "end" else f"has {token.kind.upper()!r}"
        at = self._tokens.index(token)
        before = self._tokens[at - 1] if at else None
        if before is None:
            drop = Edit(token.position, self._peek().position, "")
        elif before.kind in ("(", "{"):
            drop = Edit(before.position, token.end, "")
        else:
            drop = Edit(before.position, token.position, "")
        return QueryError(f"it {what} where a term is expected", token.position, drop)

    def _term(self, token: Token) -> Node:
        if token.key is None and self._group is not None:
            group = self._group
            token = token._replace(
                key=group.key, operator=group.operator, key_quoted=group.key_quoted
            )
        if token.key is None:
            return node_of_word(token)
        is_empty = not (token.value or token.quoted or token.star)
        if is_empty and self._peek().kind == "(" and self._group is None:
            self._group = token
            node = self._one()
            self._group = None
            return node
        return node_of_keyed(token, self._in_braces)

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token
