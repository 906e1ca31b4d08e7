"""Where to send on what is stored, and in which format: `otlp=http://127.0.0.1:4318`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from collector.files.writers import datadog, otlp, zipkin
from collector.forward.headers import HeadersError, SecretHeaders, headers_for, variable
from collector.model import Chunk

XRAY = "xray"
EXAMPLE = "otlp=http://127.0.0.1:4318,zipkin=http://127.0.0.1:9411"
_IN_ADDRESSES = re.compile(r"[!-~]+")
"""What an address may be made of; all else is written with `%` in it."""
_TLS_PORT, _PLAIN_PORT = 443, 80


class TargetError(ValueError):
    """A setting that names no target; the message says what is wrong and how to write it."""


class HttpFormat(NamedTuple):
    """How a format is sent over HTTP."""

    write: Callable[[Iterable[Chunk]], Iterator[bytes]]
    path: str
    """Where its receivers take it, if the address does not say."""
    media_type: str
    method: str = "POST"


HTTP_FORMATS = {
    "otlp": HttpFormat(otlp.write, "/v1/traces", "application/json"),
    "zipkin": HttpFormat(zipkin.write, "/api/v2/spans", "application/json"),
    "datadog": HttpFormat(datadog.write, "/v0.4/traces", "application/msgpack", "PUT"),
}


class Target(NamedTuple):
    """A receiver of another backend."""

    format: str
    scheme: str
    """`http`, `https` or `udp`."""
    host: str
    port: int
    path: str = ""
    headers: SecretHeaders = SecretHeaders()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.format}={self.scheme}://{host}:{self.port}{self.path}"


def targets(text: str, environment: Mapping[str, str] = os.environ) -> list[Target]:
    """Return the targets that a setting names, with commas between them, and with the headers that
    the environment has for their formats.

    Raises `TargetError` if one of them is none, or if it is not clear whom to send headers to.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [_target(number, part) for number, part in enumerate(parts, 1)]
    return [_with_headers(target, found, environment) for target in found]


def _target(number: int, text: str) -> Target:
    """Return the target that is named in this place of a list."""
    name, _, url = text.partition("=")
    formats = (*HTTP_FORMATS, XRAY)
    if not name.isalnum() or not url:
        # Nothing of it is repeated: it may be part of a key.
        raise TargetError(f"target {number} is not written FORMAT=ADDRESS, as in {EXAMPLE}")
    if name not in formats:
        raise TargetError(f"{name!r} is none of {', '.join(formats)}; write it like {EXAMPLE}")
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        message = "is not valid: its host or port is wrong"
        raise TargetError(f"the address for {name} {message}") from None
    if "@" in url or address.query or address.fragment:
        # Nothing of it is repeated: this is where a key would be.
        raise TargetError(
            f"the address for {name} may have a host, a port and a path, and no more; put a key"
            f" into {variable(name)}, as in api-key=0123"
        )
    schemes = ("udp",) if name == XRAY else ("http", "https")
    if address.scheme not in schemes or not address.hostname or not _IN_ADDRESSES.fullmatch(url):
        example = "udp://127.0.0.1:2000" if name == XRAY else "http://127.0.0.1:4318"
        raise TargetError(f"{url!r} is no address for {name}: write it like {example}")
    if name == XRAY:
        if not port or address.path.strip("/"):
            raise TargetError(f"{url!r} must have a port and no path, like udp://127.0.0.1:2000")
        return Target(name, address.scheme, address.hostname, port)
    usual = _TLS_PORT if address.scheme == "https" else _PLAIN_PORT
    path = address.path if address.path.strip("/") else HTTP_FORMATS[name].path
    return Target(name, address.scheme, address.hostname, port or usual, path)


def _with_headers(target: Target, others: list[Target], environment: Mapping[str, str]) -> Target:
    """Return the target with its headers: a key must not reach a second backend."""
    if target.format == XRAY:
        return target
    try:
        headers = headers_for(target.format, environment)
    except HeadersError as problem:
        raise TargetError(str(problem)) from None
    if headers and sum(other.format == target.format for other in others) > 1:
        raise TargetError(
            f"{variable(target.format)} is for one target, and there are several of that format"
        )
    return target._replace(headers=headers)
