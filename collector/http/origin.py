"""Keeping other people's web pages away from a collector on your own machine.

A page anywhere can make its visitor's browser send requests to 127.0.0.1, or to a name of its own
that it then points there (DNS rebinding). Browsers reveal that in `Origin`, `Sec-Fetch-Site` and
`Host`; other programs send neither of the first two, and are let through.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from collector.http.answers import RefusedError

LOOPBACK_HOSTS = frozenset(("localhost", "127.0.0.1", "::1"))
ANY_HOST = frozenset(("0.0.0.0", "::", ""))  # noqa: S104 compared with, not listened on


def check_origin(host: str) -> None:
    """Refuse what a browser asks on behalf of a page from elsewhere. `host` is the address that the
    collector listens on. Raises `RefusedError` if the page is from elsewhere."""
    origin = request.headers.get("Origin")
    if origin is None and "Sec-Fetch-Site" not in request.headers:
        return
    requested = _host(f"//{request.host}")
    ours = LOOPBACK_HOSTS | {host}
    if host not in ANY_HOST and requested not in ours:
        message = "a web page may only talk to the collector at the collector's own address"
        raise RefusedError(403, message)
    if origin is not None and _host(origin) not in ours | {requested}:
        raise RefusedError(403, "pages from other sites may not talk to the collector")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
