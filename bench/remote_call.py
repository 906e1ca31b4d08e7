"""A remote call in one process: `requests` as the tracer patches it, and a traced Flask app.

Between the two is no network: the request is handed over, and so is the answer.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter_ns
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask import Flask
from requests import PreparedRequest, Session
from werkzeug.test import create_environ

from tracer import NoopWriter, TraceMiddleware, Tracer, patch, tracer

ANSWER = "90"


class Carried(NamedTuple):
    """What requests and answers carry."""

    name: str
    settings: dict[str, Any]
    """Those of both tracers."""
    spans_before: int = 0
    """Spans that the caller has made before in the same trace."""


class RemoteCall:
    """A caller, whose tracer is the program's, and the service that it calls."""

    def __init__(self) -> None:
        app = Flask("taster")
        app.add_url_rule("/taste", view_func=lambda: ANSWER)
        self._called = Tracer(NoopWriter())
        TraceMiddleware(app, self._called)
        tracer.writer = NoopWriter()
        self._app = app.wsgi_app
        self._environ = create_environ("/taste", query_string="beer=ipa")
        self._request = PreparedRequest()
        self._request.prepare("GET", "http://taster/taste?beer=ipa")
        self._answered: list[tuple[str, str]] = []
        Session.send = lambda session, request, **_: self._transport(request)  # type: ignore
        patch(requests=True)
        self._session = Session()

    def nanoseconds(self, carried: Carried, calls: int) -> float:
        """Return what a call takes: the median of some, each in a trace of its own."""
        for each in (tracer, self._called):
            each.configure(**carried.settings)
        send = self._session.send if tracer.enabled else self._transport
        taken_ns = []
        for _ in range(calls):
            self._request.headers.clear()
            with tracer.trace("flask.request"):
                for _ in range(carried.spans_before):
                    tracer.trace("sqlalchemy.query").finish()
                begun = perf_counter_ns()
                send(self._request)
                taken_ns.append(perf_counter_ns() - begun)
        return median(taken_ns)

    @property
    def header_bytes(self) -> int:
        """How large all headers of the last request and its answer were."""
        headers = [*self._request.headers.items(), *self._answered]
        return sum(len(f"{name}: {value}\r\n") for name, value in headers)

    def _transport(self, request: PreparedRequest) -> SimpleNamespace:
        environ = self._environ.copy()
        for name, value in request.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        for _ in self._app(environ, self._begin_answer):
            pass  # its length is known, so its last part is its end
        headers = dict(self._answered)
        return SimpleNamespace(status_code=200, reason="OK", headers=headers, raw=None)

    def _begin_answer(self, status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        self._answered = headers
