"""Targets that are the collector itself, which would be sent whatever it stores."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

from collector.forward.target import XRAY, Target


class LoopError(ValueError):
    """A target that is the collector itself; the message says what to do."""


def must_not_reach(open_ports: set[tuple[str, int]], targets: Iterable[Target]) -> None:
    """Raise `LoopError` if one of the targets is this machine at one of those ports, each with
    `http` or `udp`."""
    for target in targets:
        protocol = "udp" if target.format == XRAY else "http"
        if (protocol, target.port) in open_ports and _is_here(target.host):
            raise LoopError(
                f"{target} is this collector, which would send to itself all that it stores; name"
                " another host or port"
            )


def _is_here(host: str) -> bool:
    """Return whether a name leads to an address of this machine: one that can be listened on."""
    with contextlib.suppress(OSError):
        for family, kind, protocol, _, address in socket.getaddrinfo(host, 0):
            if kind == socket.SOCK_DGRAM:
                with socket.socket(family, kind, protocol) as probe, contextlib.suppress(OSError):
                    probe.bind(address)
                    return True
    return False
