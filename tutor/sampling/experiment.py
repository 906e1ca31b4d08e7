"""Asking the collector's sampling laboratory, which may take a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from tutor import http
from tutor.errors import NotReadyError, UsageError

PATH = "/api/sampling/laboratory"
TIMEOUT_S = 600.0
"""How long the collector may take, also for what it answers others first."""
PAUSE_S = 0.3

Json = dict[str, Any]


def asked(collector: str, parameters: Mapping[str, str], show: Callable[[str], None]) -> Json:
    """Return the answer of the laboratory; `show` takes how far it is, in words.

    Raises `UsageError` if the question is wrong, `NotReadyError` if there is no answer.
    """
    url = f"{collector}{PATH}?{urlencode(parameters)}"
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        answer = http.get(url, timeout=60)
        if answer.status == 200:
            return dict(answer.json())
        if answer.status == 202:
            so_far = answer.json()
            show(f"{so_far['done']:4.0%}  {so_far['doing']} …")
        elif answer.status in (429, 503):
            show(_reason(answer))
        elif answer.status == 400:
            raise UsageError(_reason(answer))
        else:
            raise NotReadyError(f"{collector} answered {answer.status}: {_reason(answer)}")
        time.sleep(PAUSE_S)
    raise NotReadyError(
        f"the laboratory has no answer after {TIMEOUT_S:.0f} s: ask about fewer traces"
    )


def _reason(answer: http.Answer) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, TypeError, KeyError):
        return answer.text[:200]
