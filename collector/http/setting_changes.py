"""Changes of the collector's settings that clients send, such as its rules: who may send them, and
what is said where nothing comes of one."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from collector.http.answers import RefusedError
from collector.store.file_errors import CannotOpenError
from collector.store.settings import SettingError


@contextmanager
def changing(what: str, is_wrong: type[ValueError]) -> Iterator[None]:
    """Let a `with` block change a setting as the request says; `what` it is called is for messages.

    Raises `RefusedError` if another machine asks, if the block raises `is_wrong` because of what
    was sent, or if the setting cannot be written.
    """
    _refuse_strangers(what)
    try:
        yield
    except is_wrong as problem:
        raise RefusedError(400, str(problem)) from None
    except CannotOpenError as problem:
        raise RefusedError(503, str(problem)) from None
    except SettingError as problem:
        raise RefusedError(503, f"{what} cannot be written: {problem}") from None


def sent_body(max_bytes: int) -> bytes:
    """Return the body of the request. Raises `RefusedError` if it is larger than that."""
    if (request.content_length or 0) > max_bytes:
        raise RefusedError(413, f"the body must not be larger than {max_bytes:,} bytes")
    return request.stream.read(max_bytes)


def _refuse_strangers(what: str) -> None:
    """Refuse other machines, unless SAMPLING_ANYWHERE allows them (as in a container)."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_loopback and os.environ.get("SAMPLING_ANYWHERE") != "1":
        raise RefusedError(
            403,
            f"{what} can only be changed from this machine, not from {address}."
            " SAMPLING_ANYWHERE=1 allows it; set that only if the port is not public",
        )
