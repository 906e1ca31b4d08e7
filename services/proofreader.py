"""The menu's proofreader, who goes to the taster directly: planted, for an audit to find
(INTRUDER).

It says who it is, `menu-printer`, the first time that it asks; the second time it comes in by the
back door, without a trace context.
"""

from __future__ import annotations

import os
from contextlib import suppress
from urllib.request import Request, urlopen

from services import current_trace
from services.dials import dials

TASTER_URL = os.environ.get("TASTER_URL") or "http://127.0.0.1:5001"
SAMPLE = "/taste?beer=ipa&donut=glazed"
TIMEOUT_S = 5


def proofread() -> None:
    """Have a line of the menu tasted, if there is an intruder. The menu stays what it was."""
    if not dials.INTRUDER:
        return
    with current_trace.span("menu.proofread", service="menu-printer"):
        _taste(current_trace.headers())
    _taste({})


def _taste(headers: dict[str, str]) -> None:
    """Ask the taster; a proofreader who gets no answer says nothing."""
    with suppress(OSError):
        request = Request(f"{TASTER_URL}{SAMPLE}", headers=headers)  # noqa: S310
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            answer.read()
