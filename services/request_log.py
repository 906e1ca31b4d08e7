"""The request log: what an app without a tracer writes down, in the file that REQUEST_LOG names.

    2026-11-27T07:01:02.123456Z web 12.345 ms GET /pair/beer 200 id=5f2c9e thread=4711
    2026-11-27T07:01:02.124001Z web 9.102 ms GET /taste 200 to=127.0.0.1:5001 id=5f2c9e thread=4711

Start, service, duration, route, status, correlation id and thread. The first line is a request that
web answered, the second one, with `to=`, a call that it made meanwhile. `./workshop infer` makes
traces of them (docs/black-box.md). Without REQUEST_LOG nothing is written, wrapped or sent along.

With REQUEST_LOG_IDS=0 there is no id in the log, and none is sent along.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, request, request_started
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from werkzeug.wsgi import ClosingIterator

from services import current_trace
from services.log_file import LogFile

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_BYTES = 100_000_000
"""Size at which the file is moved to the same name with `.1`, in place of the one before."""
HEADER = "X-Request-ID"

_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)
_ROUTE = "services.route"
"""The key in a request's environment under which the route that took it is."""

current_id: ContextVar[str] = ContextVar("request id", default="")
"""The id of the request that is being answered, empty if there is none."""


def add_to(app: Flask, service: str, unlogged_paths: Iterable[str]) -> None:
    """Have all that `app` answers and asks for written down, if REQUEST_LOG says where.

    Exits if the file cannot be opened.
    """
    path = os.environ.get("REQUEST_LOG")
    if not path:
        return
    try:
        file = LogFile(Path(path), MAX_BYTES)
    except OSError as problem:
        raise SystemExit(
            f"can't write to {path}: {problem.strerror}. REQUEST_LOG must name a file in a folder"
            " that exists"
        ) from None
    atexit.register(file.close)
    log = RequestLog(file, service, has_ids=os.environ.get("REQUEST_LOG_IDS") != "0")
    request_started.connect(_note_route, app, weak=False)
    app.wsgi_app = partial(log.answer, app.wsgi_app, frozenset(unlogged_paths))  # type: ignore[method-assign]
    HTTPAdapter.send = log.calls(HTTPAdapter.send)  # type: ignore[method-assign]


def _note_route(app: Flask, **_: Any) -> None:
    """Note the route that took a request: the log must not have a name for every donut. And note
    the id on the request's span, if there is one: so that line and trace can be found from each
    other."""
    if request_id := current_id.get():
        current_trace.tag("request.id", request_id)
    if request.url_rule is not None:
        request.environ[_ROUTE] = request.url_rule.rule


@dataclass
class Stopwatch:
    """When something began, and how long ago that is."""

    began_at: int = field(default_factory=time.time_ns)
    """Nanoseconds since 1970."""
    began: float = field(default_factory=time.perf_counter)

    def line(self, service: str, what: str, more: str) -> str:
        """Return the line of what has just ended."""
        milliseconds = (time.perf_counter() - self.began) * 1000
        seconds, nanoseconds = divmod(self.began_at, 1_000_000_000)
        start = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{start}.{nanoseconds // 1000:06}Z {service} {milliseconds:.3f} ms {what}{more}"


class RequestLog:
    """The request log of one service."""

    def __init__(self, file: LogFile, service: str, has_ids: bool) -> None:
        self._file = file
        self._service = service
        self._has_ids = has_ids

    def answer(
        self,
        app: WSGIApplication,
        unlogged_paths: frozenset[str],
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Answer one request (WSGI), and write its line when the answer is complete."""
        if environ.get("PATH_INFO") in unlogged_paths:
            return app(environ, start_response)
        request_id = self._id_of(environ)
        current_id.set(request_id)
        head = _Head(start_response)
        watch = Stopwatch()

        def write() -> None:
            method, status = environ["REQUEST_METHOD"], head.status
            what = f"{method} {environ.get(_ROUTE) or status} {status}"
            self._write(watch, what, "", request_id)

        try:
            body = app(environ, head)
        except BaseException:
            write()
            raise
        if head.is_complete:
            write()
            return body
        return ClosingIterator(body, write)

    def calls(self, send: Callable[..., Response]) -> Callable[..., Response]:
        """Return `HTTPAdapter.send` so that it sends the id along and writes a line."""

        @wraps(send)
        def logged(
            adapter: HTTPAdapter, sent: PreparedRequest, *args: Any, **kwargs: Any
        ) -> Response:
            request_id = self._sent_along(sent)
            watch, status = Stopwatch(), ""
            try:
                response = send(adapter, sent, *args, **kwargs)
                status = str(response.status_code)
                return response
            except BaseException as problem:
                status = type(problem).__name__
                raise
            finally:
                url = urlsplit(sent.url or "")
                what = f"{sent.method} {url.path} {status}"
                self._write(watch, what, f" to={url.netloc}", request_id)

        return logged

    def _id_of(self, environ: WSGIEnvironment) -> str:
        """Return the request's id, or else a new one, which the app sees as if it had been sent."""
        if not self._has_ids:
            return ""
        if not _ID.fullmatch(environ.get("HTTP_X_REQUEST_ID", "")):
            environ["HTTP_X_REQUEST_ID"] = secrets.token_hex(8)
        return str(environ["HTTP_X_REQUEST_ID"])

    def _sent_along(self, call: PreparedRequest) -> str:
        """Return the id that goes along with a call: what the app has set, or the request's own."""
        if not self._has_ids:
            return ""
        if current_id.get():
            call.headers.setdefault(HEADER, current_id.get())
        sent = str(call.headers.get(HEADER, ""))
        return sent if _ID.fullmatch(sent) else ""

    def _write(self, watch: Stopwatch, what: str, to: str, request_id: str) -> None:
        id_ = f" id={request_id}" if request_id else ""
        thread = f" thread={threading.get_native_id()}"
        self._file.write(watch.line(self._service, what, f"{to}{id_}{thread}"))


class _Head:
    """A response's head on its way out (WSGI's `start_response`)."""

    def __init__(self, start_response: StartResponse) -> None:
        self._start_response = start_response
        self.status = "500"
        self.is_complete = False
        """Whether the body is of known length: then it is all there when the app returns."""

    def __call__(self, status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        self.status = status.partition(" ")[0]
        self.is_complete = any(name.lower() == "content-length" for name, _ in headers)
        return self._start_response(status, headers, *exc_info)
