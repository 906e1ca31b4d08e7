"""When an answer arrives: its first byte, and its last."""

from __future__ import annotations

import http.client
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tutor.checks.access_log import PROBE_USER_AGENT
from tutor.checks.baseline import Baseline
from tutor.checks.probe import Probe
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed
from tutor.http import PunctualSocket
from tutor.sandbox.hanging import HANG_S

GZIP_WBITS = 31
"""zlib's number for the gzip format."""

READABLE_BYTES = 1000
"""How many bytes, unpacked, are something to show; a brace, or a gzip file's header, is not."""


@dataclass(frozen=True)
class TimedReply:
    """An answer: its headers (names in lower case), its body as it came, and the seconds from the
    request until the first of it could be read (`READABLE_BYTES`), and until the last byte."""

    headers: Mapping[str, str]
    body: bytes
    first_byte_s: float
    last_byte_s: float

    @property
    def is_compressed(self) -> bool:
        """Whether the body has a Content-Encoding."""
        return self.headers.get("content-encoding", "identity") != "identity"

    def json(self) -> Any:
        """Return the body's JSON, unpacked if it is gzip.

        Raises `CheckFailed` if it is not JSON.
        """
        try:
            is_gzip = self.headers.get("content-encoding") == "gzip"
            return json.loads(zlib.decompress(self.body, GZIP_WBITS) if is_gzip else self.body)
        except (ValueError, zlib.error) as problem:
            encoding = self.headers.get("content-encoding", "none")
            raise CheckFailed(
                "a body that is JSON, once it is unpacked as its Content-Encoding says",
                f"{problem}, with the Content-Encoding {encoding}",
            ) from None


def get_timed(app: Probe, path: str, encoding: str = "identity") -> TimedReply:
    """`GET path` from web, as a client that accepts `encoding`, `gzip` for example.

    Raises `CheckFailed` if the body ends early, the status is not 200, or the code hangs,
    `NotReadyError` if there is no answer.
    """
    parts = urlsplit(app.target.web)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=HANG_S)
    start = time.perf_counter()
    try:
        connection.connect()
        connection.sock = PunctualSocket(connection.sock, time.monotonic() + HANG_S)
        connection.request(
            "GET", path, headers={"User-Agent": PROBE_USER_AGENT, "Accept-Encoding": encoding}
        )
        with connection.getresponse() as answer:  # it may outlive its connection
            body, first_byte_s = read_body(answer, start)
        last_byte_s = time.perf_counter() - start
    except http.client.IncompleteRead:
        look = app.code.place(path.partition("?")[0])
        raise CheckFailed(f"a whole answer to {path}", "it ends in the middle", look) from None
    except TimeoutError:
        late = NotReadyError(f"no answer to {path} within {HANG_S:g} s")
        raise app.late(f"{app.target.web}{path}", HANG_S, late) from None
    except (OSError, http.client.HTTPException, zlib.error) as problem:
        raise NotReadyError(f"no answer to {path}: {problem or type(problem).__name__}") from None
    finally:
        connection.close()
    if answer.status != 200:
        look = app.code.place(path.partition("?")[0])
        raise CheckFailed(f"200 from {path}", f"{answer.status}: {body[:200]!r}", look)
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return TimedReply(headers, body, first_byte_s, last_byte_s)


def read_body(answer: http.client.HTTPResponse, start: float) -> tuple[bytes, float]:
    """Return the body, and how many seconds after `start` the first of it could be read."""
    is_gzip = answer.headers.get("Content-Encoding") == "gzip"
    unpacker = zlib.decompressobj(GZIP_WBITS) if is_gzip else None
    body, readable, first_byte_s = bytearray(), 0, 0.0
    while part := answer.read1(1 << 16):
        body += part
        readable += len(unpacker.decompress(part) if unpacker else part)
        if not first_byte_s and readable >= READABLE_BYTES:
            first_byte_s = time.perf_counter() - start
    if answer.length:  # the number of bytes that are missing
        raise http.client.IncompleteRead(bytes(body), answer.length)
    return bytes(body), first_byte_s or time.perf_counter() - start


def get_timed_in_turns(
    app: Probe, before: Baseline, path: str, rounds: int
) -> tuple[list[TimedReply], list[TimedReply]]:
    """Return what the baseline answers, and what the learner's code does, asked in turns."""
    theirs: list[TimedReply] = []
    mine: list[TimedReply] = []
    for _ in range(rounds):
        theirs.append(get_timed(before.probe, path))
        mine.append(get_timed(app, path))
    return theirs, mine
