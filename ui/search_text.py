"""Taking a search apart and putting one together, term by term."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CLOSING = {"(": ")", "{": "}"}
CONNECTIVES = {"or", "not", "and", "||", "|", "&&", "&"}
"""Words between terms, in lower case: the collector understands them in any."""
HELPER_FIELDS = ("service", "name", "resource", "duration", "error")
"""The fields of the helper beside the search box, in the order in which it writes their terms."""
TEST_FIELD = re.compile(r"\bsynthetic(?:\.type)?\s*[:=]", re.IGNORECASE)
PLAIN_VALUE = re.compile(r"[\w./-]+")
ONE_WORD = re.compile(r"[\w./@:-][\w./@:?%#+$-]*\*?|\*")
PLAIN_KEY = re.compile(
    r"(?!service|name$|resource|type$|duration|span|trace|error$|kept$|synthetic|inferred(?!\.)|root|route|status|operation"
    r"|latency|min|max|attributes|tags|dd\.)\w+(?:[.-]\w+)*"
)
"""A key that a search takes for that of a tag, and for nothing else."""
MAX_VALUE_CHARACTERS = 1_000
"""Longer names are left out of a search: the collector reads at most 4,000 characters."""


def split(query: str) -> list[str]:
    """Return the terms of a search; quotes and brackets keep what is in them together."""
    terms: list[str] = []
    term, closers, in_quotes = "", [], False
    for character in query:
        if character == '"':
            in_quotes = not in_quotes
        elif not in_quotes and character in CLOSING:
            closers.append(CLOSING[character])
        elif not in_quotes and closers and character == closers[-1]:
            closers.pop()
        if character.isspace() and not in_quotes and not closers:
            terms.append(term)
            term = ""
        else:
            term += character
    return [term for term in [*terms, term] if term]


def speaks_of_tests(query: str) -> bool:
    """Return whether a search says itself what to do about requests made by tests; if it does not,
    the collector leaves them out."""
    return bool(TEST_FIELD.search(query))


def with_tests(query: str, value: str = "any") -> str:
    """Return the search with the requests of tests in it, or only those (`1`)."""
    return f"{bracketed(query)} synthetic:{value}".strip()


def without_each(query: str) -> list[tuple[str, str]]:
    """Return each term with the search that is left without it; nothing for a single term, or if
    the terms are connected by OR, NOT or AND."""
    terms = split(query)
    if len(terms) < 2 or has_connectives(terms):
        return []
    return [(term, " ".join(terms[:i] + terms[i + 1 :])) for i, term in enumerate(terms)]


def has_connectives(terms: list[str]) -> bool:
    """Return whether some of the terms are words that connect others."""
    return any(term.lower() in CONNECTIVES for term in terms)


def quoted_if_needed(value: str) -> str:
    """Return a value as typed by a person, in quotes if it is more than one word. A `*` at its end
    keeps its meaning."""
    return value if ONE_WORD.fullmatch(value) else quoted(value)


def exactly(value: str) -> str:
    """Return a value so that a search finds it and nothing else."""
    return value if PLAIN_VALUE.fullmatch(value) else quoted(value)


def quoted(value: str) -> str:
    """Return a value in quotes, with quotes and backslashes escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(text: str) -> str:
    """Return the value that `exactly` or `quoted` was given."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def bracketed(query: str) -> str:
    """Return a search as part of a longer one: connected terms are put in parentheses."""
    return f"({query})" if has_connectives(split(query)) else query


def tag_key(key: str) -> str:
    """Return the key of a tag so that a search takes it for nothing else."""
    return key if PLAIN_KEY.fullmatch(key) else quoted(key)


def one_span(service: str = "", name: str = "", resource: str = "") -> str:
    """Return the term for traces in which a single span has all of these; empty if none is
    given."""
    fields = {"service": service, "name": name, "resource": resource}
    terms = [
        f"{field}:{exactly(value)}"
        for field, value in fields.items()
        if value and len(value) <= MAX_VALUE_CHARACTERS
    ]
    return "{" + " ".join(terms) + "}" if terms else ""


def of_route(service: str, resource: str) -> list[str]:
    """Return the terms for the traces of a route; none if neither of its names is given."""
    if not service and not resource:
        return []
    names = {"route.service": service, "route.resource": resource}
    return [
        f"{field}:{exactly(value)}"
        for field, value in names.items()
        if len(value) <= MAX_VALUE_CHARACTERS
    ]


def root_lasts(low: float, high: float) -> str:
    """Return the terms for roots that last as long as a bar says: longer than `low`, at most
    `high` (ns). A bar from 0 has those that take no time at all, too."""
    longer = f"root.duration:>{low:.0f}ns " if low > 0 else ""
    return f"{longer}root.duration:<={high:.0f}ns"


def compose(form: Mapping[str, str]) -> str:
    """Return the search that the helper's form describes, added to its `q`."""
    terms = [bracketed(form.get("q", "").strip()), *_field_terms(form), *_tag_terms(form)]
    return " ".join(term for term in terms if term)


def _field_terms(form: Mapping[str, str]) -> Iterator[str]:
    for field in HELPER_FIELDS:
        if value := form.get(field, "").strip():
            written = _comparison(value) if field == "duration" else quoted_if_needed(value)
            yield f"{field}:{written}"


def _comparison(value: str) -> str:
    return value if value.startswith(("<", ">", "≤", "≥")) else f">{value}"


def _tag_terms(form: Mapping[str, str]) -> Iterator[str]:
    if key := form.get("tag", "").strip():
        yield f"{key}:{quoted_if_needed(form.get('value', '').strip() or '*')}"
