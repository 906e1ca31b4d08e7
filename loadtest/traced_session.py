"""HTTP requests of a load test: each is the root span of a trace that goes on in the app."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any, cast
from urllib.parse import urlsplit

from locust.clients import HttpSession, ResponseContextManager

from loadtest.pace import Pace
from tracer import Span, propagation, tracer

FIRST_ERROR_STATUS = 400
"""Statuses from here on are failures."""
MAX_JSON_BYTES = 10_000
"""Longer responses are not searched for error messages."""


class TracedSession(HttpSession):
    """Locust's session, with a trace for each request.

    Each request names the route for which it counts (`name`); otherwise each address would get a
    line of its own in Locust's statistics.
    """

    def __init__(
        self, *args: Any, tags: dict[str, str], pace: Pace | None = None, **options: Any
    ) -> None:
        """Take Locust's arguments, the tags of all requests, and the pace (None: closed mode)."""
        super().__init__(*args, **options)
        self.tags = tags
        self.pace = pace

    def request(  # type: ignore[override]
        self, method: str, url: str, *, name: str, expect: int = 0, **options: Any
    ) -> ResponseContextManager:
        """Send a request as soon as it is due.

        A status of 400 or above is a failure, except for the `expect`ed one and for failures that
        the app says were planted: these count for a line of their own.
        """
        waited_ns = self._wait_until_due()
        span = self._start_span(method, url, name, waited_ns)
        headers: dict[str, str] = {}
        propagation.inject(span.context, headers)
        context = {"trace_id": f"{span.trace_id:032x}", "start": span.start, "waited": waited_ns}
        try:
            with super().request(
                method,
                url,
                name=name,
                headers=headers,
                context=context,
                catch_response=True,
                **options,
            ) as response:
                judge(response, span, expect)
                cast("dict[str, Any]", response.request_meta)["response_time"] += waited_ns / 1e6
            return response
        finally:  # not `with`: a request that the end of the run cuts off has not failed
            span.finish()

    def _wait_until_due(self) -> int:
        """Pause until the next request is due; return by how many ns it is late.

        In the closed mode there is no pause, and no request is ever late.
        """
        if self.pace is None:
            return 0
        if self.pace.seconds_left:
            self.user.wait()
        return int(self.pace.take_next() * 1e9)

    def _start_span(self, method: str, url: str, name: str, waited_ns: int) -> Span:
        """Start the root span of the request's trace.

        It begins when the request was due, so that it includes the time spent waiting to be sent;
        an event says when it was sent.
        """
        path = urlsplit(url).path
        tags = {"span.kind": "client", "http.request.method": method, "url.path": path, **self.tags}
        span = tracer.trace(
            "locust.request", service="locust", resource=f"{method} {name}", type="http", tags=tags
        )
        if waited_ns:
            span.monotonic_start = monotonic_ns() - waited_ns
            span.set_tag("load.waited_ms", round(waited_ns / 1e6, 3))
            span.add_event("sent")
        return span


def judge(response: ResponseContextManager, span: Span, expect: int) -> None:
    """Tell Locust and the span whether the request succeeded."""
    status = response.status_code
    meta = cast("dict[str, Any]", response.request_meta)
    if response.error is not None or not status:
        span.set_error(response.error or ConnectionError("no answer"))
        return
    span.set_tag("http.response.status_code", str(status))
    body = _json(response)
    planted = _planted(body)
    if planted:
        meta["context"]["planted"] = planted
        span.set_tag("planted", planted)
    if status < FIRST_ERROR_STATUS or status == expect:
        response.success()
        return
    error = str(body.get("error") or response.reason)
    span.error = 1
    span.set_tags({"error.type": str(status), "error.message": error})
    if planted:
        meta["name"] += f" ({status}, planted)"
        response.success()
    else:
        response.failure(f"{status}: {error}")


def _json(response: ResponseContextManager) -> dict[str, Any]:
    """Return the object in a short JSON response; an empty one for any other response."""
    content_type = response.headers.get("Content-Type", "")
    if len(response.content) > MAX_JSON_BYTES or "json" not in content_type:
        return {}
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _planted(body: dict[str, Any]) -> str:
    """Return which planted failure the app reports in its response, empty if none."""
    excuses = [str(body.get("planted", "")), *map(str, body.get("untasted", []))]
    return next((excuse for excuse in excuses if "planted" in excuse or "bottleneck" in excuse), "")
