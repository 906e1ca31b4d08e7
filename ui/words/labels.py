"""Long names in little room: shortened, in brief, and yet different from each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

STATEMENT = re.compile(
    r"\s*(SELECT|DELETE)\b(?P<between>.*?)\bFROM\s+(?P<table>[\w.\"`\[\]]+)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
MAX_CHARACTERS_READ = 20_000
"""Characters of a name that are looked at; a label shows only its beginning."""
BRIEF_FROM_CHARACTERS = 32
"""Shorter SQL statements are shown whole."""
MAX_TITLE_CHARACTERS = 38

Operation = Mapping[str, Any]
"""Anything with a service, a name and a resource."""


def plain(text: str) -> str:
    """Return one line without characters that are invisible or reverse the direction of text."""
    visible = "".join(
        " " if character.isspace() else character
        for character in text[:MAX_CHARACTERS_READ]
        if character.isspace()
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return re.sub(r" +", " ", visible).strip()


def shortened(text: str, max_characters: int) -> str:
    """Return at most `max_characters` (and at least one), ending in `…` where some are missing."""
    line = plain(text)
    limit = max(1, max_characters)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def brief(resource: str) -> str:
    """Return what distinguishes a resource from others: for a query its table, not its columns."""
    line = plain(resource)
    statement = STATEMENT.match(line)
    if not statement or len(line) < BRIEF_FROM_CHARACTERS:
        return line
    where = " WHERE …" if re.search(r"\bWHERE\b", statement["rest"], re.IGNORECASE) else ""
    return f"{statement[1].upper()} … FROM {statement['table']}{where}"


def full_name(service: str, name: str, resource: str) -> str:
    """Return an operation in full: `db sqlalchemy.query SELECT …`."""
    parts = [service, name] if resource in ("", name) else [service, name, resource]
    return plain(" ".join(parts))


def titles(
    operations: Iterable[Operation], max_characters: int = MAX_TITLE_CHARACTERS
) -> Callable[[Operation], str]:
    """Return a function that gives each operation a title.

    The title is the operation's resource in brief, unless others would have the same title: then it
    is the end of the resource, in at most `max_characters`.
    """
    resources_by_title: dict[str, set[str]] = {}
    for operation in operations:
        resource = _most_specific_name(operation)
        resources_by_title.setdefault(brief(resource), set()).add(resource)

    def title(operation: Operation) -> str:
        resource = _most_specific_name(operation)
        in_brief = brief(resource)
        unique = len(resources_by_title.get(in_brief, ())) < 2
        return in_brief if unique else ending(resource, max_characters)

    return title


def ending(resource: str, max_characters: int) -> str:
    """Return the first word and the end of a resource, where long statements differ."""
    line = plain(resource)
    if len(line) <= max_characters:
        return line
    first = line.split(" ", 1)[0][: max_characters // 3]
    rest = line[len(first) - max_characters + 3 :]
    return f"{first} … {rest.partition(' ')[2] or rest}"


def _most_specific_name(operation: Operation) -> str:
    return str(operation["resource"] or operation["name"] or operation["service"])
