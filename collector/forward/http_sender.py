"""Sending batches over HTTP."""

from __future__ import annotations

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic

import msgspec

from collector.forward.deadline_socket import DeadlineSocket, DeadlineTlsSocket
from collector.forward.sending import NeverError, NotNowError
from collector.forward.target import HTTP_FORMATS, Target
from collector.model import Chunk

TIMEOUT_S = 10.0
"""How long one exchange may take, all together."""
MAX_ANSWER_BYTES = 64 * 1024
"""How much of an answer is read."""
NOT_NOW = frozenset((408, 425, 429, 502, 503, 504))
"""The statuses after which the same may be sent again."""
_MESSAGE_CHARS = 200


class PartialSuccess(msgspec.Struct, rename="camel"):
    """What OTLP's receivers say of a batch that they took in part."""

    rejected_spans: int = 0


class Accepted(msgspec.Struct):
    """What an answer may say of the spans that were not kept: OTLP's way, and our collector's."""

    partial: PartialSuccess | None = msgspec.field(default=None, name="partialSuccess")
    rejected: int = 0


_decode = msgspec.json.Decoder(Accepted, strict=False).decode


class HttpSender:
    """Sends batches to one target, each over a connection of its own."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._format = HTTP_FORMATS[target.format]

    def send(self, chunks: list[Chunk]) -> int:
        """Send a batch; return how many of its spans the target says it did not keep.

        Raises `NotNowError` if it may take the batch later, `NeverError` if it never will.
        """
        body = b"".join(self._format.write(chunks))
        try:
            status, retry_after, answer = self._exchange(body)
        except (OSError, HTTPException, ValueError) as problem:
            text = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
            text = self._target.headers.hide(text).strip()[:_MESSAGE_CHARS]
            raise NotNowError(f"no answer: {text}") from None
        if status in NOT_NOW:
            raise NotNowError(f"answered {status}", _seconds(retry_after))
        if not 200 <= status < 300:
            raise NeverError(f"answered {status}{self._reason(answer)}")
        return _rejected(answer)

    def _reason(self, answer: bytes) -> str:
        """Return what an answer says for people; a page of HTML says nothing in a line."""
        text = self._target.headers.hide(answer.decode(errors="replace")).strip()
        return f": {text[:_MESSAGE_CHARS]}" if text and not text.startswith("<") else ""

    def _exchange(self, body: bytes) -> tuple[int, str, bytes]:
        """Return the status, the header `Retry-After` and the body of the answer."""
        deadline = monotonic() + TIMEOUT_S
        connection = self._connection()
        headers = {"Content-Type": self._format.media_type, "Connection": "close"}
        headers |= self._target.headers
        try:
            connection.connect()
            if not isinstance(connection.sock, DeadlineSocket):
                connection.sock = DeadlineSocket(fileno=connection.sock.detach())
            connection.sock.deadline = deadline
            connection.sock.settimeout(max(0.1, deadline - monotonic()))
            connection.request(self._format.method, self._target.path, body, headers)
            with connection.getresponse() as response:
                answer = response.read(MAX_ANSWER_BYTES)
                return response.status, response.headers.get("Retry-After", ""), answer
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        host, port = self._target.host, self._target.port
        if self._target.scheme == "http":
            return HTTPConnection(host, port, timeout=TIMEOUT_S)
        context = ssl.create_default_context()
        context.sslsocket_class = DeadlineTlsSocket
        return HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None


def _rejected(answer: bytes) -> int:
    """Return the number of spans that an answer says were not kept; most answers say nothing."""
    try:
        accepted = _decode(answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0
    return accepted.rejected + (accepted.partial.rejected_spans if accepted.partial else 0)
