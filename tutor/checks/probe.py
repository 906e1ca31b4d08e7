"""A check's own requests to the learner's running app, and what they left behind."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tutor import http
from tutor.checks.access_log import PROBE_USER_AGENT, LoggedRequest, learner_requests
from tutor.checks.service_log import ServiceLog
from tutor.checks.stored_trace import Trace
from tutor.checks.timing_log import TimingLog
from tutor.collector import Collector
from tutor.cost.record import Cost, last_cost
from tutor.course.lessons import Course
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.error_server import BROKEN_HEADER
from tutor.sandbox.hanging import HANG_S, SERVICES, hanging
from tutor.sandbox.target import Target

MAX_CONCURRENT = 50
CROWD_TIMEOUT_S = 30.0
"""The time that each of many requests may take that are made at the same time."""

TRACE_TIMEOUT_S = 10.0
"""The time within which a trace must have arrived at the collector."""

SETTLE_S = 1.3
"""The time after an answer within which a tracer sends the rest of its trace: it flushes every
0.5 s at the latest, and the answer may be quicker than the last span of another service."""

PLACE_IN_MESSAGE = re.compile(r"\(([\w./-]+\.py), line (\d+)\)")


@dataclass(frozen=True)
class Reply(http.Answer):
    """An answer to a probe: `asked` is the request's address, `log_mark` where timing.log ended
    before it, and `received` when the answer came, on the monotonic clock."""

    asked: str
    log_mark: int
    received: float

    @property
    def trace_id(self) -> str | None:
        """The trace id from the header `traceresponse`: `00-<trace id>-<span id>-<flags>`."""
        parts = self._trace_parts()
        return parts[1] if parts else None

    @property
    def is_sampled(self) -> bool:
        """Whether its trace is to be kept, by the last flag in that header."""
        parts = self._trace_parts()
        return bool(parts) and parts[3][-1:] in tuple("13579bdf")

    def _trace_parts(self) -> list[str]:
        parts = self.headers.get("traceresponse", "").split("-")
        return parts if len(parts) == 4 else []


class Probe:
    """The app under check, asked as a visitor would. `target` says where it answers and where its
    files are, `code` where things are in its source (for messages)."""

    def __init__(self, target: Target, course: Course) -> None:
        self.target = target
        self.course = course
        self.code = AppCode(target.code)
        self.notes: dict[str, str] = {}
        """What the check has measured, each by a word for it: shown even if the check passes."""
        self._log = TimingLog(target.logs)
        self._collector = Collector(target.collector)

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, status: int | None = 200
    ) -> Reply:
        """`GET path` from web, which must answer with `status` (None: any will do).

        Raises `CheckFailed` if it answers with another status, hangs, or does not run,
        `NotReadyError` if there is no answer or something that the app needs is down (503).
        """
        return self._ask(self.target.web + path, headers, status)

    def get_at_once(self, paths: Sequence[str]) -> list[Reply]:
        """`GET` all `paths` from web at the same time; return the replies in the same order.

        Raises as `get` does, for the first path that fails.
        """
        with ThreadPoolExecutor(min(len(paths), MAX_CONCURRENT)) as pool:
            ask = partial(self._ask, headers=None, status=200, timeout_s=CROWD_TIMEOUT_S)
            return list(pool.map(ask, [self.target.web + path for path in paths]))

    def get_taster(
        self, path: str, headers: Mapping[str, str] | None = None, status: int | None = 200
    ) -> Reply:
        """`GET path` from the taster; see `get` for the rest."""
        return self._ask(self.target.taster + path, headers, status)

    def post_taster(self, path: str, value: Any, status: int | None = 200) -> Reply:
        """`POST path` to the taster with `value` as JSON; see `get` for the rest."""
        return self._ask(self.target.taster + path, None, status, value)

    def log_lines(self, since: Reply) -> list[str]:
        """Return the lines that both services have written to timing.log since the request of
        `since` was sent.

        It waits until no more come: call it before the next probe if you want the lines of one
        request only.
        """
        return self._log.settled_lines(since.log_mark)

    def trace(self, reply: Reply) -> Trace:
        """Return the stored trace of a probe, once all of it has arrived.

        Send several probes first and ask for their traces afterwards: you wait only once.
        Raises `CheckFailed` if the answer names no trace, or the trace does not arrive within 10 s.
        """
        trace_id = reply.trace_id
        if trace_id is None:
            raise CheckFailed(
                "an answer that names its trace in the header `traceresponse`,"
                " as the tracer's middleware writes it",
                f"no such header in the answer to {reply.asked}",
                self.code.use("TraceMiddleware", self._file(reply)),
                detail=self._log_of(reply).last_words(),
            )
        url = f"{self.target.ui}/trace/{trace_id}"
        answer = self._settled(trace_id, reply)
        if answer is None:
            raise CheckFailed(
                f"the trace of {reply.asked} at the collector within {TRACE_TIMEOUT_S:.0f} s",
                self._why_it_is_missing(reply),
                self.code.use("configure", self._file(reply)),
                url,
                self._log_of(reply).last_words(),
            )
        return Trace(answer, self._collector, url)

    def _why_it_is_missing(self, reply: Reply) -> str:
        if not reply.is_sampled:
            return (
                "it was not sampled, so nobody keeps it: is there a `sampling=` in the code, or a"
                " TRACE_SAMPLING in the environment?"
            )
        if self._collector.tail_wait_s():
            return (
                "tail sampling is on, and either drops it or still waits: turn it off"
                " (wait_s 0 on the page Sampling)"
            )
        return "it has not arrived"

    def on_lost_spans(self, service: str) -> str:
        """Quote what the log of `service` says about spans that its tracer could not deliver; "" if
        it says nothing."""
        return self._service_log(service).on_lost_spans()

    def learner_requests(self) -> list[LoggedRequest]:
        """Return the requests that the learner has made since `./workshop start`, without those of
        checks."""
        return learner_requests(self.target.logs)

    def cost(self) -> Cost | None:
        """Return what `./workshop cost` measured last; None if it never ran."""
        return last_cost()

    def trace_summary(self, query: str) -> dict[str, Any]:
        """Return the number (`traces`) and the percentiles (`p50`, …) of the stored traces that
        match a search; docs/api.md has the rest."""
        return self._collector.summary(query)

    def late(self, url: str, seconds: float, problem: NotReadyError) -> Exception:
        """Return what to say of a request that was not answered in so many seconds: where the code
        hangs; `problem` if nobody can say."""
        services = SERVICES if url.startswith(self.target.web) else ("taster",)
        expected = f"an answer from {url} within {seconds:g} s"
        return hanging(expected, seconds, services, self.code) or problem

    def note(self, key: str, text: str) -> None:
        """Have `text` shown with the check's result, behind the word `key`."""
        self.notes[key] = text

    def must_run(self) -> None:
        """Check that the code runs.

        Raises `CheckFailed` if it is not valid Python or does not start, `NotReadyError` if nothing
        answers at all.
        """
        self.code.must_compile()
        for url in (self.target.web, self.target.taster):
            self._ask(f"{url}/ping", None, 200)

    def _ask(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        status: int | None,
        value: Any = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """`GET url`, or `POST` it a `value`. It hangs if it takes `timeout_s` (by default
        `HANG_S`)."""
        timeout_s = timeout_s or HANG_S
        sent_headers = {
            "User-Agent": PROBE_USER_AGENT,
            "X-Workshop-Probe": secrets.token_hex(8),
            **(headers or {}),
        }
        method, body = "GET", None
        if value is not None:
            method, body = "POST", json.dumps(value)
            sent_headers["Content-Type"] = "application/json"
        mark = self._log.mark()
        try:
            answer = http.ask(method, url, body, timeout_s, sent_headers)
        except http.LateError as problem:
            raise self.late(url, timeout_s, problem) from None
        reply = Reply(
            answer.status,
            answer.headers,
            answer.body,
            answer.seconds,
            asked=url,
            log_mark=mark,
            received=time.monotonic(),
        )
        if BROKEN_HEADER in reply.headers:
            place = reply.headers[BROKEN_HEADER]
            first, *rest = [line for line in reply.text.splitlines() if line not in ("", place)]
            raise CheckFailed("code that starts", first, place, detail="\n".join(rest))
        if status not in (None, reply.status):
            raise self._other_status(reply, status)
        return reply

    def _other_status(self, reply: Reply, status: int | None) -> Exception:
        message = error_message(reply)
        if reply.status == 503:
            return NotReadyError(f"the app can't do its work: {message}")
        place = PLACE_IN_MESSAGE.search(message)
        route = urlsplit(reply.asked).path
        look = f"{place[1]}:{place[2]}" if place else self.code.place(route, self._file(reply))
        return CheckFailed(f"{status} from {reply.asked}", f"{reply.status}: {message}", look)

    def _service(self, reply: Reply) -> str:
        return "web" if reply.asked.startswith(self.target.web) else "taster"

    def _file(self, reply: Reply) -> str:
        """Return the file of the service that gave the reply."""
        return f"{self._service(reply)}.py"

    def _log_of(self, reply: Reply) -> ServiceLog:
        return self._service_log(self._service(reply))

    def _service_log(self, service: str) -> ServiceLog:
        return ServiceLog(service, self.target.printed.get(service))

    def _settled(self, trace_id: str, reply: Reply) -> dict[str, Any] | None:
        """Look for the trace until it is whole and has stopped growing, or until time is up; None
        if none of it has arrived by then."""
        span_count = 0
        while True:
            answer = self._collector.trace(trace_id)
            waited_s = time.monotonic() - reply.received
            is_whole = answer is not None and answer["complete"] and answer["spans"] == span_count
            if (is_whole and waited_s > SETTLE_S) or waited_s > TRACE_TIMEOUT_S:
                return answer
            span_count = answer["spans"] if answer else 0
            time.sleep(0.1)


def error_message(reply: Reply) -> str:
    """Return what an answer says is wrong: its JSON's `error`, else the start of its text."""
    try:
        return str(reply.json()["error"])
    except (ValueError, KeyError, TypeError):
        return reply.text.strip()[:200] or "an empty answer"
