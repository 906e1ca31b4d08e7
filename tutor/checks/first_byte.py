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

from tutor.checks.access_log import CHECKER
from tutor.checks.baseline import Baseline
from tutor.checks.probe import Probe
from tutor.errors import NotReadyError
from tutor.failure import CheckFailed

PATIENCE = 30.0
GZIP = 31
"""zlib's number for the gzip format."""

FIRST = 1000
"""So many bytes, unpacked, are something to show; a brace, or the head of a gzip file, is not."""


@dataclass(frozen=True)
class Arrival:
    """An answer: its headers (names in lower case), its body as it came, and the seconds from the
    request until the first of it could be read (`FIRST` bytes), and until the last."""

    headers: Mapping[str, str]
    body: bytes
    first_s: float
    last_s: float

    @property
    def is_compressed(self) -> bool:
        return self.headers.get("content-encoding", "identity") != "identity"

    def json(self) -> Any:
        """What it says, unpacked if it is gzip. Raises `CheckFailed` if that is not JSON."""
        try:
            packed = self.headers.get("content-encoding") == "gzip"
            return json.loads(zlib.decompress(self.body, GZIP) if packed else self.body)
        except (ValueError, zlib.error) as problem:
            encoding = self.headers.get("content-encoding", "none")
            raise CheckFailed(
                "a body that is JSON, once it is unpacked as its Content-Encoding says",
                f"{problem}, with the Content-Encoding {encoding}",
            ) from None


def arrival(app: Probe, path: str, encoding: str = "identity") -> Arrival:
    """`GET path` from web, as a client that accepts `encoding`, `gzip` for example.

    Raises `CheckFailed` if the body ends early or the status is not 200, `NotReadyError` if nobody
    answers.
    """
    parts = urlsplit(app.target.web)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    began = time.perf_counter()
    try:
        connection.request(
            "GET", path, headers={"User-Agent": CHECKER, "Accept-Encoding": encoding}
        )
        answer = connection.getresponse()
        body, first_s = read(answer, began)
        last_s = time.perf_counter() - began
    except http.client.IncompleteRead:
        look = app.code.place(path.partition("?")[0])
        raise CheckFailed(f"a whole answer to {path}", "it ends in the middle", look) from None
    except (OSError, http.client.HTTPException, zlib.error) as problem:
        raise NotReadyError(f"no answer to {path}: {problem or type(problem).__name__}") from None
    finally:
        connection.close()
    if answer.status != 200:
        look = app.code.place(path.partition("?")[0])
        raise CheckFailed(f"200 from {path}", f"{answer.status}: {body[:200]!r}", look)
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Arrival(headers, body, first_s, last_s)


def read(answer: http.client.HTTPResponse, began: float) -> tuple[bytes, float]:
    """The body, and how many seconds after `began` the first of it could be read."""
    packed = answer.headers.get("Content-Encoding") == "gzip"
    unpacker = zlib.decompressobj(GZIP) if packed else None
    body, readable, first_s = bytearray(), 0, 0.0
    while part := answer.read1(1 << 16):
        body += part
        readable += len(unpacker.decompress(part) if unpacker else part)
        if not first_s and readable >= FIRST:
            first_s = time.perf_counter() - began
    if answer.length:  # so many bytes are missing
        raise http.client.IncompleteRead(bytes(body), answer.length)
    return bytes(body), first_s or time.perf_counter() - began


def arrivals_in_turns(
    app: Probe, before: Baseline, path: str, rounds: int
) -> tuple[list[Arrival], list[Arrival]]:
    """What the baseline answers, and what the learner's code does, asked in turns."""
    tried: tuple[list[Arrival], list[Arrival]] = ([], [])
    for _ in range(rounds):
        for each, found in zip((before.probe, app), tried, strict=True):
            found.append(arrival(each, path))
    return tried
