"""A check's own requests to the learner's running app, and what they left behind."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tutor import http
from tutor.checks.access_log import CHECKER, Visit, visits
from tutor.checks.stored_trace import Trace
from tutor.checks.timing_log import TimingLog
from tutor.collector import Collector
from tutor.cost.record import Cost, last_cost
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed
from tutor.sandbox.app_code import Code
from tutor.sandbox.target import Target

BROKEN = "workshop-broken"
"""The header of the page that `tutor.sandbox.error_server` serves while the code does not run."""

PATIENCE = 10.0
"""Seconds until a trace must have arrived at the collector."""

SETTLED = 1.3
"""Seconds after an answer within which a tracer sends the rest of its trace: it flushes at latest
every 0.5 s, and the answer may be quicker than the last span of another service."""

PLACE = re.compile(r"\(([\w./-]+\.py), line (\d+)\)")


@dataclass(frozen=True)
class Reply(http.Answer):
    """An answer to a probe: `asked` is its address, `log_mark` where timing.log ended before, and
    `received` when it came, on the monotonic clock."""

    asked: str
    log_mark: int
    received: float

    @property
    def trace_id(self) -> str | None:
        """The trace id in the header `traceresponse`: `00-<trace id>-<span id>-<flags>`."""
        parts = self.headers.get("traceresponse", "").split("-")
        return parts[1] if len(parts) == 4 else None


class Probe:
    """The app under check. `code` says where things are in its source, for messages."""

    def __init__(self, target: Target, course: Course) -> None:
        self.target = target
        self.course = course
        self.code = Code(target.code)
        self.notes: dict[str, str] = {}
        """What the check has found that a person may like to read, also if it passes."""
        self._log = TimingLog(target.logs)
        self._collector = Collector(target.collector)

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, status: int | None = 200
    ) -> Reply:
        """`GET path` from web, which must answer `status` (None: anything will do).

        Raises `CheckFailed` if it answers another status, or if the code does not run;
        `NotReadyError` if nobody answers, or something that the app needs is away (503).
        """
        return self._ask(self.target.web + path, headers, status)

    def get_taster(
        self, path: str, headers: Mapping[str, str] | None = None, status: int | None = 200
    ) -> Reply:
        """`GET path` from the taster, otherwise as `get`."""
        return self._ask(self.target.taster + path, headers, status)

    def post_taster(self, path: str, value: Any, status: int | None = 200) -> Reply:
        """`POST path` to the taster with `value` as JSON, otherwise as `get`."""
        return self._ask(self.target.taster + path, None, status, value)

    def log_lines(self, since: Reply) -> list[str]:
        """The lines of timing.log written since the request of `since` was sent, by both services.

        Waits until no more come, so it must be called before the next probe if only the lines of
        one request are wanted.
        """
        return self._log.since(since.log_mark)

    def trace(self, reply: Reply) -> Trace:
        """The stored trace of a probe, once all of it has arrived.

        Send several probes first and ask for their traces then: the waiting is done once.
        Raises `CheckFailed` if the answer names no trace, or it does not arrive within 10 s.
        """
        trace_id = reply.trace_id
        if trace_id is None:
            raise CheckFailed(
                "an answer that names its trace in the header `traceresponse`,"
                " as the tracer's middleware writes it",
                f"no such header in the answer to {reply.asked}",
                self.code.place(),
            )
        url = f"{self.target.ui}/trace/{trace_id}"
        found = self._settled(trace_id, reply)
        if found is None:
            raise CheckFailed(
                f"the trace of {reply.asked} at the collector within {PATIENCE:.0f} s",
                "none has arrived",
                self.code.place(),
                url,
            )
        return Trace(found, self._collector, url)

    def visits(self) -> list[Visit]:
        """The requests that the learner has made since `./workshop start`; no check's probes."""
        return visits(self.target.logs)

    def cost(self) -> Cost | None:
        """What `./workshop cost` measured last; None if it never ran."""
        return last_cost()

    def stored(self, query: str) -> dict[str, Any]:
        """The stored traces that match a search (docs/api.md) as one line: `traces`, `p50`, …"""
        return self._collector.summary(query)

    def note(self, key: str, text: str) -> None:
        """Have something told beside the check's result."""
        self.notes[key] = text

    def must_run(self) -> None:
        """Raises `CheckFailed` if the code is no valid Python or does not start,
        `NotReadyError` if the app does not run at all."""
        self.code.must_compile()
        for url in (self.target.web, self.target.taster):
            self._ask(f"{url}/ping", None, 200)

    def _ask(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        status: int | None,
        value: Any = None,
    ) -> Reply:
        """`GET url`, or `POST` it a `value`."""
        marked = {
            "User-Agent": CHECKER,
            "X-Workshop-Probe": secrets.token_hex(8),
            **(headers or {}),
        }
        method, body = "GET", None
        if value is not None:
            method, body = "POST", json.dumps(value)
            marked["Content-Type"] = "application/json"
        mark = self._log.mark()
        answer = http.ask(method, url, body, 30, marked)
        reply = Reply(
            answer.status,
            answer.headers,
            answer.body,
            answer.seconds,
            asked=url,
            log_mark=mark,
            received=time.monotonic(),
        )
        if BROKEN in reply.headers:
            first, _, rest = reply.text.partition("\n")
            place = reply.headers[BROKEN]
            raise CheckFailed("code that starts", first, place, detail=rest.strip())
        if status not in (None, reply.status):
            raise self._other_status(reply, status)
        return reply

    def _other_status(self, reply: Reply, status: int | None) -> Exception:
        said = error_of(reply)
        if reply.status == 503:
            return NotReadyError(f"the app can't do its work: {said}")
        place = PLACE.search(said)
        file = "web.py" if reply.asked.startswith(self.target.web) else "taster.py"
        route = urlsplit(reply.asked).path
        look = f"{place[1]}:{place[2]}" if place else self.code.place(route, file)
        return CheckFailed(f"{status} from {reply.asked}", f"{reply.status}: {said}", look)

    def _settled(self, trace_id: str, reply: Reply) -> dict[str, Any] | None:
        """The trace, looked for until it is whole and has stopped growing."""
        spans = 0
        while True:
            found = self._collector.trace(trace_id)
            now = time.monotonic()
            is_whole = found is not None and found["complete"] and found["spans"] == spans
            if (is_whole and now > reply.received + SETTLED) or now > reply.received + PATIENCE:
                return found
            spans = found["spans"] if found else 0
            time.sleep(0.1)


def error_of(reply: Reply) -> str:
    """What an answer says is wrong: its JSON's `error`, else the start of its text."""
    try:
        return str(reply.json()["error"])
    except (ValueError, KeyError, TypeError):
        return reply.text.strip()[:200] or "an empty answer"
