"""A log without a tracer: each request leaves a line, with its id, once it is answered."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from pathlib import Path
from time import perf_counter

from flask import Flask, Response, g, request

from services import current_trace

service = Path(sys.argv[0]).stem  # web or taster; both write to the same log
folder = Path(os.environ.get("LOG_DIR") or Path(__file__).parent)
handler = logging.FileHandler(folder / "timing.log")
handler.setFormatter(logging.Formatter(f"%(asctime)s {service} %(message)s"))

log = logging.getLogger("timing")
log.setLevel(logging.INFO)
log.addHandler(handler)


def log_requests(app: Flask) -> None:
    """Have every request to `app` leave a line, apart from those of the people who run it."""

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if request.path not in app.config["UNTRACED_PATHS"]:
            milliseconds = (perf_counter() - g.began) * 1000
            what = f"{request.method} {request.path}"
            log.info("%s %s took %.1f ms", request_id(), what, milliseconds)
            current_trace.tag("request.id", request_id())  # leads from a line to its trace
        return response


def request_id() -> str:
    """Return the id of the current request: the one it came with, or else a new one."""
    if "request_id" not in g:
        g.request_id = request.headers.get("X-Request-ID") or secrets.token_hex(8)
    return g.request_id
