"""Which app may be put under load: somebody else's only if it was named on purpose."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

WEB_URL = (os.environ.get("WEB_URL") or "http://127.0.0.1:5000").rstrip("/")


def refusal(url: str, allowed: str = "") -> str:
    """Return why `url` must not be put under load, empty if it may.

    This machine may be, and so may the host in WEB_URL and the one called `allowed`.
    """
    host = urlsplit(url).hostname
    if not host:
        return f"{url!r} is not the address of an app; write for example http://127.0.0.1:5000"
    if _is_here(host) or host in (urlsplit(WEB_URL).hostname, allowed.lower()):
        return ""
    return (
        f"{host} is another machine, and its owner may not want it under load."
        f" If it is yours, say so: --allow-host {host}"
    )


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
