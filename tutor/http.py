"""One HTTP request, as a user would make it: straight to a local address, past any proxy."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tutor.errors import NotReadyError, UsageError

UNSAMPLED = {"traceparent": f"00-{'f' * 32}-{'f' * 16}-00"}
"""A header that says: the caller does not sample this request, so it should leave no trace."""

PUNCTUATION = "%/?:@!$&'()*+,;=~[]"
"""What may stand in a path or a query as it is (RFC 3986), and the sign of what is escaped."""


@dataclass(frozen=True)
class Answer:
    """What a server answered: status code, headers (names in lower case), body, and the seconds
    from the first byte sent to the last byte received."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError` if it is none."""
        return json.loads(self.body)


def get(url: str, timeout: float = 10, headers: Mapping[str, str] | None = None) -> Answer:
    """`GET url`, with `headers` added to our own; any status is an answer.

    Raises `NotReadyError` if nobody answers in `timeout` seconds, `UsageError` if `url` is none.
    """
    return ask("GET", url, None, timeout, headers or {})


def put(url: str, value: Any, timeout: float = 10) -> Answer:
    """`PUT url` with `value` as JSON; otherwise as `get`."""
    return ask("PUT", url, json.dumps(value), timeout, {"Content-Type": "application/json"})


def ask(
    method: str, url: str, body: str | None, timeout: float, headers: Mapping[str, str]
) -> Answer:
    """One request. Raises as `get` does."""
    host, port, path = _parts(url)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    started = time.perf_counter()
    try:
        own = {"Accept": "*/*", "User-Agent": "workshop"}
        connection.request(method, path, body, {**own, **headers})
        response = connection.getresponse()
        answered = response.read()
    except TimeoutError:
        raise NotReadyError(f"no answer from {url} within {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as problem:
        raise NotReadyError(f"no answer from {url}: {problem or type(problem).__name__}") from None
    finally:
        connection.close()
    names = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, names, answered, time.perf_counter() - started)


def _parts(url: str) -> tuple[str, int | None, str]:
    """Host, port and path (with its query) of an address, in which people may leave spaces and
    letters of all languages as they are. Raises `UsageError` if it is none."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            return parts.hostname, parts.port, quote(path, safe=PUNCTUATION)
    except ValueError:
        pass
    raise UsageError(f"{url!r} is not an address like http://127.0.0.1:5000/ping")
