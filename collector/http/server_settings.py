"""What holds for the HTTP server in each process: its limits, and how it reports errors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from waitress.task import ErrorTask

from collector import limits
from collector.http.bounded_server import MAX_HELD_BYTES, Channel

SETTINGS: Mapping[str, Any] = {
    # Each thread serves one request at a time; a reader of the live stream occupies one all the
    # time.
    "threads": 40,
    "ident": None,
    # The app answers 413 in its own words; this only stops what is far beyond.
    "max_request_body_size": 4 * limits.BODY_BYTES,
    "inbuf_overflow": MAX_HELD_BYTES,  # bodies need no room on a disk
    "outbuf_high_watermark": 2 * 1024 * 1024,
    "recv_bytes": 262_144,
    # So that the server notices clients that go away while their requests are handled.
    "channel_request_lookahead": 1,
    "clear_untrusted_proxy_headers": True,
}
"""Waitress's settings."""


class _Error(ErrorTask):
    """Answers a request that waitress itself refuses: as JSON, and as the client's error that it
    is."""

    def execute(self) -> None:
        problem = self.request.error
        is_full = problem.code == HTTPStatus.SERVICE_UNAVAILABLE
        status = problem.code if problem.code < 500 or is_full else 400
        body = msgspec.json.encode({"error": f"{problem.reason}: {problem.body}"})
        if is_full:
            self.response_headers.append(("Retry-After", "1"))
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class ApiChannel(Channel):
    """A connection on which errors are reported as the API does."""

    error_task_class = _Error
