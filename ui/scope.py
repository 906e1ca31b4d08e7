"""The set of traces that a screen is about, as it stands in the address."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ui import search_text

MOMENT = re.compile(r"[0-9]{1,19}")
WINDOWS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400}
"""What can be chosen as "the last …", in seconds."""
PLAIN = re.compile(r"[\w./-]+")
LONGEST_TERM = 1_000
"""Letters of a resource that a search may be asked for; its whole text is limited to 4,000."""


@dataclass(frozen=True)
class Scope:
    """A search, a time, and for some screens a route. Empty texts stand for "any"."""

    q: str = ""
    last: str = ""
    begin: str = ""
    end: str = ""
    service: str = ""
    resource: str = ""

    @property
    def asked(self) -> dict[str, str]:
        """What the collector is asked for; a relative time is worked out now."""
        begin = self.begin
        if self.last and not begin:
            begin = str(time.time_ns() - WINDOWS[self.last] * 10**9)
        given = {"q": self.q, "from": begin, "to": self.end}
        if self.service or self.resource:
            given |= {"route_service": self.service, "route": self.resource}
        return {name: value for name, value in given.items() if value}

    @property
    def readable(self) -> Scope:
        """The same without a beginning or an end that is no moment."""
        begin, end = (each if MOMENT.fullmatch(each) else "" for each in (self.begin, self.end))
        return replace(self, begin=begin, end=end)

    @property
    def kept(self) -> dict[str, str]:
        """What links to other screens about the same search and time carry on."""
        given = {"q": self.q, "last": self.last, "from": self.begin, "to": self.end}
        return {name: value for name, value in given.items() if value}

    @property
    def named(self) -> dict[str, str]:
        """The same with the route, for links within a screen."""
        route = {"service": self.service, "resource": self.resource}
        return self.kept | {name: value for name, value in route.items() if value}

    def traces(self, *more: str, begin: str = "", end: str = "") -> dict[str, str]:
        """The parameters of the Traces screen that lists these traces, narrowed by more terms."""
        route = one_span(self.service, resource=self.resource)
        q = " ".join(term for term in (bracketed(self.q), route, *more) if term)
        given = self.kept | {"q": q}
        if begin or end:
            given.pop("last", None)
            given |= {"from": begin, "to": end}
        return given


def scope(given: Mapping[str, str]) -> Scope:
    """The scope that an address gives; unknown values are left out."""
    last = given.get("last", "")
    return Scope(
        given.get("q", "").strip(),
        last if last in WINDOWS else "",
        given.get("from", ""),
        given.get("to", ""),
        given.get("service", ""),
        given.get("resource", ""),
    )


def one_span(service: str = "", name: str = "", resource: str = "", more: str = "") -> str:
    """The term for traces in which one and the same span is all of that; empty for nothing."""
    fields = {"service": service, "name": name, "resource": resource}
    said = [
        f"{field}:{exactly(value)}"
        for field, value in fields.items()
        if value and len(value) <= LONGEST_TERM
    ]
    said += [more] if more else []
    return "{" + " ".join(said) + "}" if said else ""


def exactly(value: str) -> str:
    """A value as a search finds it and nothing else: what means something there is escaped."""
    return value if PLAIN.fullmatch(value) else search_text.in_quotes(value)


def bracketed(q: str) -> str:
    """A search as part of a longer one: what OR connects stays together."""
    return f"({q})" if "OR" in search_text.split(q) else q
