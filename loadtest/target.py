"""target: which app is put under load. Somebody else's is not, unless it was named on purpose."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

WEB_URL = (os.environ.get("WEB_URL") or "http://127.0.0.1:5000").rstrip("/")


def refusal(url: str, allowed: str = "") -> str:
    """Why `url` must not be put under load, empty if it may.

    This machine may be, and so may the host in WEB_URL and the one called `allowed`.
    """
    host = urlsplit(url).hostname
    if not host:
        return f"{url!r} is not the address of an app; http://127.0.0.1:5000 would be one"
    if _is_here(host) or host in (urlsplit(WEB_URL).hostname, allowed.lower()):
        return ""
    return (
        f"{host} is another machine than this one, which may not like to be put under load."
        f" If it is yours, say so: --allow-host {host}"
    )


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
