"""Who may change what the collector does: its own machine."""

from __future__ import annotations

import ipaddress
import os

from flask import request

from collector.http.answers import RefusedError


def refuse_strangers(what: str) -> None:
    """Refuse other machines, unless SAMPLING_ANYWHERE allows them (as in a container); `what` they
    want to change is for the message."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_loopback and os.environ.get("SAMPLING_ANYWHERE") != "1":
        raise RefusedError(
            403,
            f"{what} can only be changed from this machine, not from {address}."
            " SAMPLING_ANYWHERE=1 allows it; set that only if the port is not public",
        )
