"""What operations are called in lines of their own: briefly, and yet apart from each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ui.words.labels import brief, plain

Named = Mapping[str, Any]
"""Anything with a service, a name and a resource."""
LONGEST = 38


def titles(operations: Iterable[Named], most: int = LONGEST) -> Callable[[Named], str]:
    """A function that says what to call each: in brief, unless others are called the same; those
    get at most `most` letters."""
    called: dict[str, set[str]] = {}
    for each in operations:
        called.setdefault(brief(subject(each)), set()).add(subject(each))

    def title(of: Named) -> str:
        said = brief(subject(of))
        return said if len(called.get(said, ())) < 2 else ending(subject(of), most)

    return title


def subject(of: Named) -> str:
    """The most particular of its names."""
    return str(of["resource"] or of["name"] or of["service"])


def ending(resource: str, most: int) -> str:
    """Its first word and its end, where long statements differ."""
    line = plain(resource)
    if len(line) <= most:
        return line
    first = line.split(" ", 1)[0][: most // 3]
    rest = line[len(first) - most + 3 :]
    return f"{first} … {rest.partition(' ')[2] or rest}"
