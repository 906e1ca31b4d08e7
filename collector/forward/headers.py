"""Headers that a backend asks for, such as one with a key. Nothing shows what they are.

They come from the environment alone: everybody on a machine can read the command lines of others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
OWN = frozenset(("connection", "content-length", "content-type", "host", "transfer-encoding"))
"""What the sender says itself."""


class HeadersError(ValueError):
    """Headers that cannot be sent; the message names them, and keeps what they say to itself."""


class SecretHeaders(dict[str, str]):
    """Headers that are shown without their values."""

    def __repr__(self) -> str:
        return f"SecretHeaders({', '.join(self)})"

    def hide(self, text: str) -> str:
        """Return the text without any of the values, which an answer may repeat."""
        for value in sorted(filter(None, self.values()), key=len, reverse=True):
            text = text.replace(value, "…")
        return text


def variable(format: str) -> str:
    """Return the name of the variable with the headers for a format."""
    return f"COLLECTOR_FORWARD_{format.upper()}_HEADERS"


def headers_for(format: str, environment: Mapping[str, str]) -> SecretHeaders:
    """Return the headers for a format, written like OTEL_EXPORTER_OTLP_HEADERS:
    `api-key=0123,team=beer`, with `%2C` for a comma.

    Raises `HeadersError` if they are not written like that.
    """
    name_of_all = variable(format)
    parts = [part for part in environment.get(name_of_all, "").split(",") if part.strip()]
    headers = SecretHeaders()
    for number, part in enumerate(parts, 1):
        name, equals, value = part.partition("=")
        name, value = name.strip(), unquote(value.strip())
        if not equals or not _NAME.fullmatch(name):
            raise HeadersError(f"{name_of_all}: header {number} is not written NAME=VALUE")
        if name.lower() in OWN:
            raise HeadersError(f"{name_of_all}: {name} is set by the collector; leave it out")
        if not _VALUE.fullmatch(value):
            raise HeadersError(
                f"{name_of_all}: the value of {name} has characters that no header may have"
            )
        headers[name] = value
    return headers
