"""session: HTTP requests, each of them the root span of a trace that goes on in the app."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from locust.clients import HttpSession, ResponseContextManager

from tracer import Span, propagation, tracer

if TYPE_CHECKING:
    from loadtest.visitor import Visitor

FAILED = 400
"""Statuses from here on are failures."""


class TracedSession(HttpSession):
    """Locust's session. Every request says for which route it counts (`name`); otherwise each
    address would get a line of its own in Locust's statistics."""

    def request(  # type: ignore[override]
        self, method: str, url: str, *, name: str, expect: int = 0, **options: Any
    ) -> ResponseContextManager:
        """Send a request, once it is due. A status from 400 on is a failure, except for the one
        that is `expect`ed, and for what the app says was planted: that counts for a line of its
        own."""
        waited = self._wait_until_due()
        span = self._start_span(method, url, name, waited)
        headers: dict[str, str] = {}
        propagation.inject(span.context, headers)
        context = {"trace_id": f"{span.trace_id:032x}", "start": span.start, "waited": waited}
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
                cast("dict[str, Any]", response.request_meta)["response_time"] += waited / 1e6
            return response
        finally:  # not `with`: a request that the end of the run cuts off has not failed
            span.finish()

    def _wait_until_due(self) -> int:
        """Pause until the next request is due; the ns for which it has been due already. In the
        closed mode none ever is."""
        visitor = cast("Visitor", self.user)
        if visitor.pace is None:
            return 0
        if visitor.pace.left:
            visitor.wait()
        return int(visitor.pace.take() * 1e9)

    def _start_span(self, method: str, url: str, name: str, waited: int) -> Span:
        """The root of the request's trace. It begins when the request was due, so that it shows
        the time spent waiting to be served; an event says when it was sent."""
        path = urlsplit(url).path
        tags = {"span.kind": "client", "http.request.method": method, "url.path": path}
        tags |= cast("Visitor", self.user).tags
        span = tracer.trace(
            "locust.request", service="locust", resource=f"{method} {name}", type="http", tags=tags
        )
        if waited:
            span.monotonic_start = monotonic_ns() - waited
            span.set_tag("load.waited_ms", round(waited / 1e6, 3))
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
    said = _json(response)
    planted = _planted(said)
    if planted:
        meta["context"]["planted"] = planted
        span.set_tag("planted", planted)
    if status < FAILED or status == expect:
        response.success()
        return
    error = str(said.get("error") or response.reason)
    span.error = 1
    span.set_tags({"error.type": str(status), "error.message": error})
    if planted:
        meta["name"] += f" ({status}, planted)"
        response.success()
    else:
        response.failure(f"{status}: {error}")


def _json(response: ResponseContextManager) -> dict[str, Any]:
    """What a short JSON answer says; nothing for any other answer."""
    if len(response.content) > 10_000 or "json" not in response.headers.get("Content-Type", ""):
        return {}
    try:
        said = response.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _planted(said: dict[str, Any]) -> str:
    """What the app says was planted and went wrong, empty if nothing."""
    excuses = [str(said.get("planted", "")), *map(str, said.get("untasted", []))]
    return next((excuse for excuse in excuses if "planted" in excuse or "bottleneck" in excuse), "")
