"""Long names in little room."""

from __future__ import annotations

import re
import unicodedata

STATEMENT = re.compile(
    r"\s*(SELECT|DELETE)\b(?P<between>.*?)\bFROM\s+(?P<table>[\w.\"`\[\]]+)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
LONGEST_READ = 20_000
"""Letters that are looked at; what a label shows is at the front."""


def plain(text: str) -> str:
    """One line without what cannot be seen or would turn the letters round."""
    seen = "".join(
        " " if letter.isspace() else letter
        for letter in text[:LONGEST_READ]
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return re.sub(r" +", " ", seen).strip()


def shortened(text: str, most: int) -> str:
    """At most `most` letters (and at least one), the last of them `…` where some are missing."""
    line = plain(text)
    return line if len(line) <= max(1, most) else line[: max(1, most) - 1].rstrip() + "…"


def brief(resource: str) -> str:
    """What tells one resource from another: of a query its table, not its first column."""
    line = plain(resource)
    found = STATEMENT.match(line)
    if not found or len(line) < 32:
        return line
    where = " WHERE …" if re.search(r"\bWHERE\b", found["rest"], re.IGNORECASE) else ""
    return f"{found[1].upper()} … FROM {found['table']}{where}"


def operation(service: str, name: str, resource: str) -> str:
    """An operation in full: `db sqlalchemy.query SELECT …`."""
    parts = [service, name] if resource in ("", name) else [service, name, resource]
    return plain(" ".join(parts))
