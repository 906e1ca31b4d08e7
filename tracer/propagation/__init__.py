"""Carrying a trace over HTTP, in the headers of several tracing systems.

The environment variable TRACE_PROPAGATION says which, separated by commas, by the names that other
tracers have for them; without it, those of W3C and of Datadog. All of them are written, but for
those that are only read, so that any tracer on the other side joins in. All are read; of those that
are there, the first one in the list counts. Whatever cannot be read counts as absent: headers come
from strangers.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import NamedTuple

from ..context import Context
from . import b3, datadog, jaeger, w3c, xray
from .headers import Headers

REQUEST_ID = "x-request-id"
"""The header with a proxy's or a client's own name for the request, which becomes a tag."""

log = logging.getLogger(__name__)


class Format(NamedTuple):
    """The headers of one tracing system. OpenTelemetry: propagator."""

    extract: Callable[[Headers], Context | None]
    """Reads headers whose names are in lower case."""
    inject: Callable[[Context, MutableMapping[str, str]], None] | None
    """Writes them; None if we only read them."""


FORMATS = {
    "tracecontext": Format(w3c.extract, w3c.inject),
    "datadog": Format(datadog.extract, datadog.inject),
    "b3": Format(b3.extract, b3.inject_single),
    "b3multi": Format(b3.extract, b3.inject_multi),
    "jaeger": Format(jaeger.extract, None),
    "xray": Format(xray.extract, None),
}
"""The formats by their names in TRACE_PROPAGATION, and in other tracers' settings."""
DEFAULT = "tracecontext,datadog"


def formats_named(names: str) -> list[Format]:
    """Return the formats in a list with commas. An invalid one must not keep the app from
    starting."""
    formats = []
    for name in filter(None, map(str.strip, names.lower().split(","))):
        if name in FORMATS:
            formats.append(FORMATS[name])
        else:
            known = ", ".join(FORMATS)
            log.warning("TRACE_PROPAGATION names %r, which is none of %s", name, known)
    return formats or formats_named(DEFAULT)


_formats = formats_named(os.environ.get("TRACE_PROPAGATION") or DEFAULT)
_extract = tuple(dict.fromkeys(form.extract for form in _formats))
_inject = tuple(form.inject for form in _formats if form.inject)


def inject(context: Context | None, headers: MutableMapping[str, str]) -> None:
    """Add the headers to a request that let the called service continue the trace."""
    if context is None or not context.trace_id:
        return
    for write in _inject:
        write(context, headers)


def extract(headers: Mapping[str, str]) -> Context | None:
    """Return the context in a request's headers, whatever the case of their names, or None."""
    try:
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
    except Exception:
        return None
    return context_in(lower)


def context_in(headers: Headers) -> Context | None:
    """Return the context in a request's headers, whose names are in lower case, or None."""
    for read in _extract:
        context = read(headers)
        if context is not None:
            return context
    return None
