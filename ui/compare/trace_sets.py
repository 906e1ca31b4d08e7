"""The two sets of traces that Compare is about, as they stand in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ui import search_text
from ui.scope import MOMENT, Scope, bracketed, exactly, one_span

VERSION = "version:"


@dataclass(frozen=True)
class Side:
    """One of the sets: a search and a time. Empty texts stand for "any"."""

    letter: str
    """`a` or `b`, which its parameters begin with."""
    q: str = ""
    begin: str = ""
    end: str = ""

    @property
    def given(self) -> dict[str, str]:
        """Its parameters, here and where the collector is asked."""
        return {
            f"{self.letter}_{name}": value
            for name, value in (("q", self.q), ("from", self.begin), ("to", self.end))
            if value
        }

    @property
    def readable(self) -> Side:
        """The same without a beginning or an end that is no moment."""
        begin, end = (each if MOMENT.fullmatch(each) else "" for each in (self.begin, self.end))
        return replace(self, begin=begin, end=end)

    @property
    def version(self) -> str:
        """The deploy that it is, or is a part of; empty where the search names none, or several."""
        found = self._versions()
        return unquoted(found[0].removeprefix(VERSION)) if len(found) == 1 else ""

    @property
    def more(self) -> str:
        """The search without the deploy."""
        if not self.version:
            return self.q
        return " ".join(term for term in search_text.split(self.q) if not term.startswith(VERSION))

    @property
    def name(self) -> str:
        """What a heading calls it: the deploy or the search."""
        if not self.q:
            return "all traces" if not (self.begin or self.end) else "by time"
        return self.q if not self.version else " ".join(filter(None, (self.version, self.more)))

    def traces(self, route: Route, *more: str) -> dict[str, str]:
        """The parameters of the Traces screen that lists its traces, narrowed by more terms."""
        q = " ".join(term for term in (bracketed(self.q), route.term, *more) if term)
        given = {"q": q, "from": self.begin, "to": self.end}
        return {name: value for name, value in given.items() if value}

    def _versions(self) -> list[str]:
        found = search_text.split(self.q)
        if search_text.CONNECTIVES & set(found):
            return []
        return [term for term in found if term.startswith(VERSION) and term != VERSION]


@dataclass(frozen=True)
class Route:
    """The route that both sets are of; without a name all of them are compared."""

    service: str = ""
    resource: str = ""

    def __bool__(self) -> bool:
        return bool(self.service or self.resource)

    @property
    def given(self) -> dict[str, str]:
        """Its parameters in the address."""
        return {"service": self.service, "resource": self.resource} if self else {}

    @property
    def asked(self) -> dict[str, str]:
        """Its parameters where the collector is asked."""
        return Scope(service=self.service, resource=self.resource).asked

    @property
    def term(self) -> str:
        """A search that finds its traces, among a few others."""
        return one_span(self.service, resource=self.resource)


def side(letter: str, given: Mapping[str, str]) -> Side:
    """The set that an address gives for a letter."""
    return Side(
        letter,
        given.get(f"{letter}_q", "").strip(),
        given.get(f"{letter}_from", ""),
        given.get(f"{letter}_to", ""),
    )


def composed(letter: str, form: Mapping[str, str]) -> Side:
    """The set that the form's fields stand for: a deploy, and a search within it."""
    version = form.get(f"{letter}_version", "")
    more = form.get(f"{letter}_more", "").strip()
    q = " ".join(term for term in (deploy(version) if version else "", bracketed(more)) if term)
    return Side(letter, q, form.get(f"{letter}_from", ""), form.get(f"{letter}_to", ""))


def deploy(version: str) -> str:
    """The search for the traces of a deploy."""
    return VERSION + exactly(version)


def unquoted(value: str) -> str:
    """What `ui.scope.exactly` was given."""
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
