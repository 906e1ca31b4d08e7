"""Taking a search apart and putting one together, without reading more into it than its terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

OPENS = {"(": ")", "{": "}"}
CONNECTIVES = {"OR", "NOT", "AND"}
FIELDS = ("service", "name", "resource", "duration", "error")
"""What the helper beside the search box asks for, in the order in which it writes them."""


def split(query: str) -> list[str]:
    """The terms of a search that stand side by side: quotes and brackets keep theirs together."""
    terms: list[str] = []
    term, closers, quoted = "", [], False
    for letter in query:
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in OPENS:
            closers.append(OPENS[letter])
        elif not quoted and closers and letter == closers[-1]:
            closers.pop()
        if letter.isspace() and not quoted and not closers:
            terms.append(term)
            term = ""
        else:
            term += letter
    return [term for term in [*terms, term] if term]


def without_each(query: str) -> list[tuple[str, str]]:
    """Every term with the search that is left without it; none where the terms are connected."""
    terms = split(query)
    if len(terms) < 2 or CONNECTIVES & set(terms):
        return []
    return [(term, " ".join(terms[:at] + terms[at + 1 :])) for at, term in enumerate(terms)]


def quoted(value: str) -> str:
    """A value as a search needs it: in quotes where it holds more than one plain word."""
    plain = value and not any(letter.isspace() or letter in '"(){}' for letter in value)
    return value if plain else in_quotes(value)


def in_quotes(value: str) -> str:
    """A value in quotes, with what would mean something between them escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def compose(form: Mapping[str, str]) -> str:
    """The search that the helper's fields stand for, added to what `q` said already."""
    terms = [form.get("q", "").strip(), *_field_terms(form), *_tag_terms(form)]
    return " ".join(term for term in terms if term)


def _field_terms(form: Mapping[str, str]) -> Iterable[str]:
    for field in FIELDS:
        if value := form.get(field, "").strip():
            yield f"{field}:{_compared(value) if field == 'duration' else quoted(value)}"


def _compared(value: str) -> str:
    return value if value.startswith(("<", ">")) else f">{value}"


def _tag_terms(form: Mapping[str, str]) -> Iterable[str]:
    if key := form.get("tag", "").strip():
        yield f"{key}:{quoted(form.get('value', '').strip() or '*')}"
