"""Where a ClickHouse is: `clickhouse://user:password@host:port/database`, in TLS `clickhouses://…`."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

SCHEME, TLS_SCHEME = "clickhouse", "clickhouses"
PORTS = {SCHEME: 8123, TLS_SCHEME: 8443}
"""Where ClickHouse's HTTP interface listens by default."""
_EXAMPLE = "clickhouse://user:password@host:8123/tracing"
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)


class AddressError(Exception):
    """The address of a store cannot be read; the message says why and what to write. It never holds
    the password."""


class Address(NamedTuple):
    """A database of a ClickHouse, and who we are to it."""

    host: str
    port: int
    database: str
    user: str
    password: str
    is_secure: bool = False
    """Whether it is talked to in TLS, which its certificate must be good for."""

    def __str__(self) -> str:
        """Return the address without the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = TLS_SCHEME if self.is_secure else SCHEME
        return f"{scheme}://{host}:{self.port}/{self.database}"

    def __repr__(self) -> str:
        return str(self)


def read_addresses(text: str) -> list[Address]:
    """Return the addresses in a text: of several hosts, with commas between them, each has a part
    of the traces. Raises `AddressError` if it is none."""
    scheme, _, rest = text.partition("://")
    if scheme not in PORTS:
        raise AddressError(
            f"a store's address begins with {SCHEME}://, or {TLS_SCHEME}:// in TLS;"
            f" write {_EXAMPLE}"
        )
    authority, _, database = rest.partition("/")
    if not _DATABASE.fullmatch(database.rstrip("/")):
        raise AddressError(
            f"the database must be a name of letters, digits and underscores; write {_EXAMPLE}"
        )
    credentials, _, hosts = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    whom = unquote(user) or "default", unquote(password)
    addresses = [
        Address(
            *_host_and_port(host, PORTS[scheme]), database.rstrip("/"), *whom, scheme == TLS_SCHEME
        )
        for host in hosts.split(",")
    ]
    if len(set(addresses)) < len(addresses):
        raise AddressError("the same host is there twice; write each once")
    return addresses


def _host_and_port(text: str, usual_port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port or usual_port
    except ValueError:
        raise AddressError(f"a port is a number up to 65535; write {_EXAMPLE}") from None
    if not parts.hostname or parts.netloc != text:
        raise AddressError(f"a host is missing; write {_EXAMPLE}")
    return parts.hostname, port
