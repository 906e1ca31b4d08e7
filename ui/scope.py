"""The set of traces that a screen is about, as the address gives it: a search, a time, a route."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ui.form_lists import texts_from_form
from ui.search_text import bracketed, of_route, split

MOMENT = re.compile(r"[0-9]{1,19}")
"""Nanoseconds since 1970."""
INFERRED = "inferred:1"
"""The term of a search for traces that were inferred from logs."""
WINDOWS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400}
"""The choices for "last …", in seconds."""


@dataclass(frozen=True)
class Scope:
    """A search, a time, and for some screens a route. An empty text means any."""

    q: str = ""
    last: str = ""
    begin: str = ""
    end: str = ""
    service: str = ""
    resource: str = ""

    @property
    def collector_parameters(self) -> dict[str, str]:
        """The parameters for the collector; a relative time is worked out now."""
        begin = self.begin
        if self.last and not begin:
            begin = str(time.time_ns() - WINDOWS[self.last] * 10**9)
        parameters = {"q": self.q, "from": begin, "to": self.end}
        if self.service or self.resource:
            parameters |= {"route_service": self.service, "route": self.resource}
        return _filled(parameters)

    @property
    def is_inferred(self) -> bool:
        """Whether only traces are asked for that were inferred from logs."""
        return INFERRED in split(self.q)

    @property
    def without_bad_times(self) -> Scope:
        """This scope without a beginning or an end that is not a moment."""
        begin, end = (text if MOMENT.fullmatch(text) else "" for text in (self.begin, self.end))
        return replace(self, begin=begin, end=end)

    @property
    def search_and_time(self) -> dict[str, str]:
        """The parameters that links to other screens carry on."""
        return _filled({"q": self.q, "last": self.last, "from": self.begin, "to": self.end})

    @property
    def parameters(self) -> dict[str, str]:
        """All parameters in the address of a screen, the route's included."""
        route = {"service": self.service, "resource": self.resource}
        return self.search_and_time | _filled(route)

    def traces(self, *terms: str, begin: str = "", end: str = "") -> dict[str, str]:
        """Return the parameters of the Traces screen that list these traces, narrowed by more
        search terms and by another time."""
        route = of_route(self.service, self.resource)
        q = " ".join(term for term in (bracketed(self.q), *route, *terms) if term)
        parameters = self.search_and_time | {"q": q}
        if begin or end:
            parameters.pop("last", None)
            parameters |= {"from": begin, "to": end}
        return parameters


def scope_from(arguments: Mapping[str, str]) -> Scope:
    """Return the scope that an address gives; unknown values are ignored."""
    last = arguments.get("last", "")
    return Scope(
        arguments.get("q", "").strip(),
        last if last in WINDOWS else "",
        arguments.get("from", ""),
        arguments.get("to", ""),
        arguments.get("service", ""),
        arguments.get("resource", ""),
    )


def route_from_form(text: str) -> tuple[str, str]:
    """Return service and resource of a route as forms send it, `["web", "GET /pair/beer"]`; two
    empty texts if it is something else."""
    service, resource = texts_from_form(text, 2) or ("", "")
    return service, resource


def _filled(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value}
