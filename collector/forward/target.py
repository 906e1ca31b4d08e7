"""Where to send on what is stored, and in which format: `otlp=http://127.0.0.1:4318`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from collector.files.writers import datadog, otlp, zipkin
from collector.model import Chunk

XRAY = "xray"
EXAMPLE = "otlp=http://127.0.0.1:4318,zipkin=http://127.0.0.1:9411"
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

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.format}={self.scheme}://{host}:{self.port}{self.path}"


def targets(text: str) -> list[Target]:
    """Return the targets that a setting names, with commas between them.

    Raises `TargetError` if one of them is none.
    """
    return [_target(part.strip()) for part in text.split(",") if part.strip()]


def _target(text: str) -> Target:
    name, _, url = text.partition("=")
    if name not in (*HTTP_FORMATS, XRAY) or not url:
        known = ", ".join((*HTTP_FORMATS, XRAY))
        raise TargetError(
            f"{text!r} names no target: write FORMAT=ADDRESS, as in {EXAMPLE}; formats: {known}"
        )
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        raise TargetError(f"{url!r} is not a valid address") from None
    schemes = ("udp",) if name == XRAY else ("http", "https")
    if address.scheme not in schemes or not address.hostname:
        example = "udp://127.0.0.1:2000" if name == XRAY else "http://127.0.0.1:4318"
        raise TargetError(f"{url!r} is no address for {name}: write it like {example}")
    if address.username is not None or address.query or address.fragment:
        raise TargetError(f"{url!r} may have a host, a port and a path, and no more")
    if name == XRAY:
        if not port or address.path.strip("/"):
            raise TargetError(f"{url!r} must have a port and no path, like udp://127.0.0.1:2000")
        return Target(name, address.scheme, address.hostname, port)
    usual = _TLS_PORT if address.scheme == "https" else _PLAIN_PORT
    path = address.path if address.path.strip("/") else HTTP_FORMATS[name].path
    return Target(name, address.scheme, address.hostname, port or usual, path)
