"""Terms of a search that nothing stored can match, and what may be meant by them.

A misspelt key would be the key of a tag, and its search would quietly find nothing.
"""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from itertools import pairwise
from typing import NamedTuple

from collector.search.ast import Node, Tag, Text, Word
from collector.search.keys import EXISTS, KEPT, OWN_KEYS, STATUS, Meaning, meanings
from collector.search.query_error import Edit, QueryError
from collector.search.search import ALL_TIME, open_views
from collector.search.terms import node_of_keyed
from collector.search.tokens import Token, tokens
from collector.search.write import quoted, write_key
from collector.store.index_terms import FIELDS
from collector.store.trace_store import TraceStore

MAX_DOUBTS = 5
MAX_CHECKED_TERMS = 20
MAX_KNOWN = 2_000
"""Keys of tags, or values of one, among which those are looked for that may be meant."""
MAX_MEANT = 3
_VERY_SIMILAR, _SIMILAR = 0.85, 0.65
"""How similar two words are of which one may be meant by the other; 1 is the same. Words that are
less similar count only if they are short, and if there are none that are more."""
_MAX_SHORT_CHARS = 12
_MAX_COMPARED_CHARS = 100
"""The time that a comparison takes grows with the square of the length."""
_MAX_SHOWN_CHARS = 80


class Doubt(NamedTuple):
    """A term that matches nothing at all."""

    message: str
    searches: list[str]
    """Searches that may be meant, the likeliest first."""


def doubts(store: TraceStore, text: str) -> list[Doubt]:
    """Return the doubts about a search. Raises `QueryError` if it cannot be read."""
    if not store.totals().traces:
        return []
    found: list[Doubt] = []
    checked = 0
    before = ""
    for token, following in pairwise(tokens(text)):
        if len(found) == MAX_DOUBTS or checked == MAX_CHECKED_TERMS:
            break
        checked += token.kind == "word"
        doubt = _doubt(store, text, token, following)
        excludes = before in ("-", "not") or token.operator == "!="
        if doubt and (doubt.searches or not excludes):
            found.append(doubt)
        before = token.kind
    return found


def _doubt(store: TraceStore, text: str, token: Token, following: Token) -> Doubt | None:
    if token.kind == "not" and token.casual and following.is_bare:
        if _matches_something(store, Word(token.value.casefold())):
            return None
        return Doubt(
            f"{token.value} is read as a word here; NOT in capitals excludes what follows",
            [token.replaced_by("NOT").apply(text)],
        )
    if token.kind != "word" or token.key in (None, "*") or token.folded_key == EXISTS:
        return None
    all_meanings = meanings(token.key or "", token.folded_key)
    if not any(meaning.is_own or _is_known_tag(store, meaning.key) for meaning in all_meanings):
        return _no_such_tag(store, text, token, all_meanings[0].key)
    if token.operator in (":", "!="):
        return _no_such_value(store, text, token, all_meanings[0])
    return None


def _no_such_tag(store: TraceStore, text: str, token: Token, plain_key: str) -> Doubt:
    key = token.key or ""
    known = [*OWN_KEYS, KEPT, STATUS, *_known(store, "key")]
    meant = _meant(plain_key, known)
    key_end = token.position + len(key) + 2 * token.key_quoted
    edits = [
        Edit(
            token.position, key_end, word if word in (*OWN_KEYS, KEPT, STATUS) else write_key(word)
        )
        for word in meant
    ]
    return Doubt(_question(f"no tag {_short(key)}", meant), [edit.apply(text) for edit in edits])


def _no_such_value(store: TraceStore, text: str, token: Token, meaning: Meaning) -> Doubt | None:
    kind = meaning.key.rpartition(".")[2] if meaning.is_own else "tag"
    if meaning.is_own and kind not in FIELDS:
        return None
    with suppress(QueryError):
        if _matches_something(store, node_of_keyed(token._replace(operator=":"), False)):
            return None
        if longer := _longer_value(store, text, token):
            return longer
    known = _known(store, "tag", meaning.key) if kind == "tag" else _known(store, kind)
    meant = _meant(token.value, known)
    begin = token.end - len(token.value) - token.star - 2 * token.quoted
    what = f"no {kind} {_short(token.value)}"
    if kind == "tag":
        what = f"no span has {_short(f'{token.key}:{token.value}')}"
    searches = [
        Edit(begin, token.end, value if value.isalnum() else quoted(value)).apply(text)
        for value in meant
        if text[begin : token.end].strip("\"'*“”") == token.value
    ]
    return Doubt(_question(what + "…" * token.star, meant), searches)


def _longer_value(store: TraceStore, text: str, token: Token) -> Doubt | None:
    """Return the doubt about a value of several words without quotes; None if it is another."""
    if token.quoted:
        return None
    end = token.end
    for following in tokens(text):
        if following.position >= token.end:
            if not following.is_bare:
                break
            end = following.end
    if end == token.end:
        return None
    begin = token.end - len(token.value) - token.star
    value = text[begin:end]
    longer = token._replace(value=value, star=True, quoted=True)
    if not _matches_something(store, node_of_keyed(longer, False)):
        return None
    whole = longer._replace(star=False)
    star = "" if _matches_something(store, node_of_keyed(whole, False)) else "*"
    search = Edit(begin, end, quoted(value) + star).apply(text)
    return Doubt(f"a value of several words needs quotes: {quoted(_short(value))}", [search])


def _question(problem: str, meant: list[str]) -> str:
    words = " or ".join(map(_short, meant))
    return f"{problem}; did you mean {words}?" if meant else problem


def _short(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARS else text[:_MAX_SHOWN_CHARS] + "…"


def _meant(word: str, known: list[str]) -> list[str]:
    """Return the known words that may be meant, the likeliest first."""
    folded = word.casefold()
    originals: dict[str, str] = {}
    for each in known:
        originals.setdefault(each.casefold(), each)
    if folded in originals:
        return [originals[folded]]
    plain = _letters(folded)
    alike = [key for key in originals if _letters(key) == plain]
    if len(folded) <= _MAX_COMPARED_CHARS:
        close = get_close_matches(folded, originals, MAX_MEANT, _VERY_SIMILAR)
        if not close and len(folded) <= _MAX_SHORT_CHARS:
            close = get_close_matches(folded, originals, MAX_MEANT, _SIMILAR)
        alike += close
    alike += [key for key in originals if key.rpartition(".")[2] == folded]
    return [originals[key] for key in dict.fromkeys(alike)][:MAX_MEANT]


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _is_known_tag(store: TraceStore, key: str) -> bool:
    return _matches_something(store, Tag(key, Text("", True)))


def _matches_something(store: TraceStore, node: Node) -> bool:
    """Return whether a trace may match, as far as the index can tell."""
    with open_views(store, node, ALL_TIME) as views:
        return any(view.count() for view in views)


def _known(store: TraceStore, kind: str, *values: str) -> list[str]:
    """Return stored words of a kind, at most `MAX_KNOWN`."""
    known: dict[str, None] = {}
    for word in store.words(kind, *values):
        known[word] = None
        if len(known) == MAX_KNOWN:
            break
    return list(known)
