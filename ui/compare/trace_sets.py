"""The two sets of traces that Compare is about, as the address gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ui.scope import MOMENT, Scope
from ui.search_text import (
    bracketed,
    exactly,
    has_connectives,
    of_route,
    speaks_of_tests,
    split,
    unquoted,
)

VERSION = "version:"


@dataclass(frozen=True)
class Route:
    """The route that both sets are of; without names all routes are compared."""

    service: str = ""
    resource: str = ""

    def __bool__(self) -> bool:
        return bool(self.service or self.resource)

    @property
    def parameters(self) -> dict[str, str]:
        """The route's parameters in the address."""
        return {"service": self.service, "resource": self.resource} if self else {}

    @property
    def collector_parameters(self) -> dict[str, str]:
        """The route's parameters for the collector."""
        return Scope(service=self.service, resource=self.resource).collector_parameters

    @property
    def term(self) -> str:
        """The search term that finds the route's traces; empty for all routes."""
        return " ".join(of_route(self.service, self.resource))


@dataclass(frozen=True)
class TraceSet:
    """Set A or B: a search and a time. An empty text means any."""

    letter: str
    """`a` or `b`, with which the set's parameters begin."""
    q: str = ""
    begin: str = ""
    end: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """The set's parameters, in the address and for the collector."""
        parameters = {"q": self.q, "from": self.begin, "to": self.end}
        return {f"{self.letter}_{name}": value for name, value in parameters.items() if value}

    @property
    def without_bad_times(self) -> TraceSet:
        """This set without a beginning or an end that is not a moment."""
        begin, end = (text if MOMENT.fullmatch(text) else "" for text in (self.begin, self.end))
        return replace(self, begin=begin, end=end)

    @property
    def version(self) -> str:
        """The deploy that the set belongs to; empty if the search names none, or several."""
        versions = self._version_terms()
        return unquoted(versions[0].removeprefix(VERSION)) if len(versions) == 1 else ""

    @property
    def rest(self) -> str:
        """The search without the deploy."""
        if not self.version:
            return self.q
        return " ".join(term for term in split(self.q) if not term.startswith(VERSION))

    @property
    def name(self) -> str:
        """The set's name in headings: its deploy or its search."""
        if not self.q:
            return "all traces" if not (self.begin or self.end) else "by time"
        return self.q if not self.version else " ".join(filter(None, (self.version, self.rest)))

    def traces(self, route: Route, *terms: str) -> dict[str, str]:
        """Return the parameters of the Traces screen that list the set's traces of a route,
        narrowed by more search terms. Compare takes in requests made by tests, so they do, too."""
        of_tests = "" if speaks_of_tests(self.q) else "synthetic:any"
        q = " ".join(term for term in (bracketed(self.q), route.term, *terms, of_tests) if term)
        parameters = {"q": q, "from": self.begin, "to": self.end}
        return {name: value for name, value in parameters.items() if value}

    def _version_terms(self) -> list[str]:
        terms = split(self.q)
        if has_connectives(terms):
            return []
        return [term for term in terms if term.startswith(VERSION) and term != VERSION]


def set_from_address(letter: str, arguments: Mapping[str, str]) -> TraceSet:
    """Return set `a` or `b` as the address gives it."""
    return TraceSet(
        letter,
        arguments.get(f"{letter}_q", "").strip(),
        arguments.get(f"{letter}_from", ""),
        arguments.get(f"{letter}_to", ""),
    )


def set_from_form(letter: str, form: Mapping[str, str]) -> TraceSet:
    """Return set `a` or `b` as the form describes it: a deploy, and a search within it."""
    version = form.get(f"{letter}_version", "")
    rest = bracketed(form.get(f"{letter}_more", "").strip())
    q = " ".join(term for term in (version_term(version) if version else "", rest) if term)
    return TraceSet(letter, q, form.get(f"{letter}_from", ""), form.get(f"{letter}_to", ""))


def version_term(version: str) -> str:
    """Return the search term for the traces of a deploy."""
    return VERSION + exactly(version)
