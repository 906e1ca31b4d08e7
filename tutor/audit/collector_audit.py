"""The collector's audit, asked over HTTP."""

from __future__ import annotations

import time

from tutor import http
from tutor.audit.text_report import Json
from tutor.errors import NotReadyError, UsageError

MAX_WAIT_S = 60.0
"""How long the collector may take to check what is stored already."""
CHECK_TIMEOUT_S = 60.0
PAUSE_S = 0.2
NO_RULES = (
    "the collector has no rules to check by. Give it some:"
    " curl -T services/audit.rules {url}/rules\n  or check by those of a file, once:"
    " ./workshop audit --rules services/audit.rules"
)


class Audit:
    """The audit of the collector at an address.

    Every method raises `NotReadyError` if nothing, or something else, answers there.
    """

    def __init__(self, collector: str) -> None:
        self._url = f"{collector}/api/audit"

    def now(self) -> Json:
        """Return what was found so far. Raises `NotReadyError` if there are no rules."""
        answer = _read(self._url, http.get(self._url))
        if answer["problem"]:
            raise NotReadyError(answer["problem"])
        if not answer["rules"]:
            raise NotReadyError(NO_RULES.format(url=self._url))
        return answer

    def finished(self) -> Json:
        """Return what was found once all that had arrived is checked."""
        deadline = time.monotonic() + MAX_WAIT_S
        while True:
            answer = self.now()
            checked = answer["checked"]
            if not checked["waiting"] and not checked["reads_stored"]:
                return answer
            if time.monotonic() > deadline:
                raise NotReadyError(
                    f"the collector is still checking after {MAX_WAIT_S:.0f} s: try again later"
                )
            time.sleep(PAUSE_S)

    def by_rules(self, text: bytes) -> Json:
        """Return what other rules find in what is stored. Raises `UsageError` if they are wrong."""
        answer = _read(self._url, http.post(self._url, text, CHECK_TIMEOUT_S))
        if not answer["rules"]:
            raise UsageError("there are no rules in that file: write “only web may call taster”")
        return answer

    def learned(self) -> str:
        """Return, as text, the rules that hold today."""
        answer = http.get(f"{self._url}/learned", CHECK_TIMEOUT_S)
        if answer.status != 200:
            _read(self._url, answer)
        return answer.text


def _read(url: str, answer: http.Answer) -> Json:
    """Return the JSON of an answer. Raises `UsageError` if it says that the question was wrong."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.status in (400, 413):
        raise UsageError(str(body.get("error", answer.text[:200])))
    if answer.status != 200:
        raise NotReadyError(f"{url} answered {answer.status}: {body.get('error', '')}")
    return dict(body)
