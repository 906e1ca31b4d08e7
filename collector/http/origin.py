"""Keeping other people's web pages away from a collector on one's own machine.

A page anywhere can make its visitor's browser send requests to 127.0.0.1, or to a name of its own
that it then lets point there (DNS rebinding). Browsers say so, in `Origin`, `Sec-Fetch-Site` and
`Host`; programs that are no browsers send none of the first two, and are let through.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from collector.http.answers import RefusedError

LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
EVERYWHERE = frozenset(("0.0.0.0", "::", ""))  # noqa: S104 compared with, not listened on


def check_origin(host: str) -> None:
    """Raises `RefusedError` where a browser asks on behalf of a foreign page. `host` is where the
    collector listens."""
    origin = request.headers.get("Origin")
    if origin is None and "Sec-Fetch-Site" not in request.headers:
        return
    asked = _host(f"//{request.host}")
    ours = LOOPBACK | {host}
    if host not in EVERYWHERE and asked not in ours:
        raise RefusedError(403, "a web page may only ask the collector under its own address")
    if origin is not None and _host(origin) not in ours | {asked}:
        raise RefusedError(403, "pages of other sites may not talk to the collector")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
