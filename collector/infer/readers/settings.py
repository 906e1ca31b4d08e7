"""What the reader of a log may be told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """What is known about a log besides what is in it."""

    service: str = "app"
    """The service of lines that name none."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Services by where they are: `127.0.0.1:5001`, or `10.0.0.7` where a host has just one."""

    def name_of(self, address: str) -> str | None:
        """Return which service is at `address`, a host and a port; None if that is not known."""
        return self.names.get(address) or self.names.get(host_of(address))


def host_of(address: str) -> str:
    """Return the host of an address that ends in a port, `10.0.0.7` of `10.0.0.7:80`."""
    return address.rpartition(":")[0] or address
