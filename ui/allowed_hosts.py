"""The hosts that a server answers for, in the `Host` and the `Origin` of a request.

A web page from anywhere can make its visitor's browser send requests to 127.0.0.1. It can even
point a name of its own at that address (DNS rebinding): the browser then takes our answers for the
page's own, and lets it read them. What gives such a page away is its name, which the browser puts
into `Host`. Who sends no `Origin` and asks for an allowed host is a program, or a page of ours.

Rooms don't import each other, so several have this file; a test keeps the copies equal.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AUTHORITY = re.compile(r"(\[[0-9a-f:.]+:[0-9a-f:.]*\]|[a-z0-9._-]+)(:[0-9]*)?", re.IGNORECASE)
"""`HOST` or `HOST:PORT`, where an IPv6 address is in brackets (RFC 3986)."""
EVERY_ADDRESS = ("", "*", "0.0.0.0", "::")  # noqa: S104 (compared with, not listened on)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods with which a page from elsewhere changes nothing (and reads nothing, without CORS)."""
MAX_QUOTED_CHARS = 100


class AllowedHosts:
    """A WSGI application that hands on the requests for an allowed host, and refuses all others.

    Allowed are this machine's own names (`localhost`, 127.0.0.1, ::1), the address that the server
    listens on, and the names in the environment variable ALLOWED_HOSTS, separated by commas. A
    server that listens on every address may be asked for any: a page can't make an address its own.
    """

    def __init__(self, app: WSGIApplication, listening: str) -> None:
        """Protect `app`; `listening` is the address that the server listens on, or its name."""
        self._app = app
        self._allows_addresses = listening in EVERY_ADDRESS
        named = os.environ.get("ALLOWED_HOSTS", "").split(",")
        own = [] if self._allows_addresses else [listening, *_addresses(listening)]
        self._names = {_normal(name.strip()) for name in (*named, *own)} - {""}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: with 421 if it is for another host, with 403 if it is from a page of
        another host."""
        authority = _authority(environ)
        asked = _host(authority)
        if not (asked and self._allows(asked)) and not _needs_no_host(environ):
            return _refuse(environ, start_response, "421 Misdirected Request", _explain(authority))
        if not self._allows_page(environ, asked):
            message = "web pages from other sites may not talk to this server"
            return _refuse(environ, start_response, "403 Forbidden", message)
        return self._app(environ, start_response)

    def _allows(self, host: str) -> bool:
        return self._is_ours(host) or (self._allows_addresses and _is_address(host))

    def _is_ours(self, host: str) -> bool:
        return host in self._names or _is_loopback(host)

    def _allows_page(self, environ: WSGIEnvironment, asked: str) -> bool:
        """Return whether the page that a browser asks for, if any, is one of an allowed host."""
        if "HTTP_ORIGIN" in environ:
            origin = _host(_authority_of_url(environ["HTTP_ORIGIN"]))
            return origin != "" and (origin == asked or self._is_ours(origin))
        is_safe = environ["REQUEST_METHOD"] in SAFE_METHODS
        return is_safe or environ.get("HTTP_SEC_FETCH_SITE") != "cross-site"


def _authority(environ: WSGIEnvironment) -> str:
    """Return what the request is for, `HOST:PORT`.

    If the request line has a whole URL, that counts instead of the header (RFC 9112, 3.2.2). Two
    headers are joined with a comma by every server, and are no host.
    """
    target = environ.get("REQUEST_URI", "")
    if not target.startswith("/") and "://" in target:
        return _authority_of_url(target)
    return environ.get("HTTP_HOST", "")


def _needs_no_host(environ: WSGIEnvironment) -> bool:
    """Return whether the request says no host and need not: no browser speaks HTTP/1.0."""
    return "HTTP_HOST" not in environ and environ["SERVER_PROTOCOL"] == "HTTP/1.0"


def _authority_of_url(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _host(authority: str) -> str:
    """Return the host of an authority in its normal spelling; empty if there is none."""
    match = AUTHORITY.fullmatch(authority)
    return _normal(match[1].strip("[]")) if match else ""


def _normal(host: str) -> str:
    """Return a name or an address as it is compared: without its last dot, in lower case."""
    name = host.lower().removesuffix(".")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name
    return str(getattr(address, "ipv4_mapped", None) or address)


def _addresses(name: str) -> list[str]:
    """Return the addresses that a name stands for."""
    with suppress(OSError, UnicodeError):  # what is wrong with it shows when it is listened on
        return [str(found[4][0]) for found in socket.getaddrinfo(name, None)]
    return []


def _is_loopback(host: str) -> bool:
    """Return whether a name or an address always means the machine that uses it (RFC 6761)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _explain(authority: str) -> str:
    return (
        f"this server does not answer for {authority[:MAX_QUOTED_CHARS]!a}. Ask it for"
        " localhost; or name the host in the environment variable ALLOWED_HOSTS and restart it"
    )


def _refuse(
    environ: WSGIEnvironment, start_response: StartResponse, status: str, message: str
) -> Iterable[bytes]:
    """Answer with a message: as JSON, or as plain text if somebody reads it in a browser."""
    is_page = "text/html" in environ.get("HTTP_ACCEPT", "")
    body = (message if is_page else json.dumps({"error": message})).encode() + b"\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8" if is_page else "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
