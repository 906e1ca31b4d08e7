"""The way of all spans into the store, whatever their format: read, stored, counted, answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from flask import Response, request

from collector import limits
from collector.http.answers import error, json
from collector.http.decoding import check_client, decoding
from collector.impossible_time import mark_impossible_times
from collector.receivers.body import BodyError, decompress
from collector.receivers.payload import Payload
from collector.sampling.head_rule import HeadRule
from collector.store.group_commit import BusyError, CannotWriteError, NoAnswerError

JSON_TYPES = ("application/json", "text/json")
PROTOBUF_TYPES = ("application/x-protobuf", "application/protobuf")
Refuse = Callable[[int, str, "int | None"], Response]
"""Makes an answer of a status, a message and the seconds after which to try again, None if that is
of no use."""


class Form(NamedTuple):
    """One of the forms in which a format's body can be."""

    media_types: tuple[str, ...]
    """What `Content-Type` says; the first is the one to recommend."""
    read: Callable[[bytes], Payload]
    """A receiver: raises `BodyError` if a body cannot be read at all."""


class NotTakenError(Exception):
    """Spans that were not stored; the message says why and what to do.

    `status` is the HTTP status to answer with; `retry_after` is in seconds, None if the same must
    not be sent again.
    """

    def __init__(self, status: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Sink(Protocol):
    """Where all that is received goes. Thread-safe."""

    @property
    def rules(self) -> Sequence[HeadRule]:
        """What clients are told of sampling."""

    def store(self, payload: Payload, size: int, receiver: str) -> None:
        """Store the spans of a payload that came in by a receiver, and count them; they are on disk
        when this returns. `size` is their bytes as sent.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored,
        `NoAnswerError` if that is not known in time.
        """

    def reject(self, kind: str, size: int, receiver: str) -> None:
        """Count a request of which nothing was kept. `size` is its bytes as sent."""


class Intake:
    """Takes in spans of one receiver. Thread-safe."""

    def __init__(self, sink: Sink, receiver: str) -> None:
        """`receiver` is the name that the spans are counted under."""
        self._sink = sink
        self._receiver = receiver

    @property
    def rules(self) -> Sequence[HeadRule]:
        """What clients are told of sampling."""
        return self._sink.rules

    def take(self, read: Callable[[], Payload], size: int) -> Payload:
        """Read spans and store them; return what was read. `size` is their bytes as sent.

        Raises `NotTakenError` if nothing was stored. What `read` raises as a `BodyError` or a
        `BusyError` becomes one.
        """
        try:
            payload = read()
            payload.impossible_times = mark_impossible_times(payload.chunks, time.time_ns())
            self._sink.store(payload, size, self._receiver)
        except BodyError as problem:
            self.reject(problem.kind, size)
            raise NotTakenError(problem.status, str(problem)) from None
        except BusyError:
            self.reject("busy", size)
            message = "more is being sent than can be taken; try again in a second"
            raise NotTakenError(429, message, retry_after=1) from None
        except CannotWriteError as problem:
            self.reject("not_stored", size)
            message = f"{problem}; send this again later"
            raise NotTakenError(503, message, retry_after=5) from None
        except NoAnswerError as problem:
            self.reject("no_answer", size)
            hint = "send this again later: what is stored by then counts as a duplicate"
            raise NotTakenError(503, f"{problem}; {hint}", retry_after=5) from None
        return payload

    def reject(self, kind: str, size: int) -> None:
        """Count a request or a datagram of which nothing was kept."""
        self._sink.reject(kind, size, self._receiver)

    def receive(
        self, forms: Sequence[Form], answer: Callable[[Payload], Response], refuse: Refuse = error
    ) -> Response:
        """Take the spans in the body of this request, and return the answer.

        A body that does not say what it is has the first form.
        """
        try:
            payload = self.take(lambda: _payload(forms), request.content_length or 0)
        except NotTakenError as problem:
            return refuse(problem.status, str(problem), problem.retry_after)
        return answer(payload)


def accepted(payload: Payload) -> Response:
    """Return the answer of servers that store spans later, 202, with what was rejected."""
    if not payload.rejected:
        return Response(status=202)
    return json({"rejected": payload.rejected.total(), "reasons": payload.reasons}, 202)


def _payload(forms: Sequence[Form]) -> Payload:
    """Read the request's spans. Raises `BodyError` if the body cannot be read at all."""
    if (request.content_length or 0) > limits.BODY_BYTES:
        message = f"the body is larger than {limits.BODY_BYTES:,} bytes; send fewer spans at a time"
        raise BodyError(413, "too_large", message)
    media_type = request.mimetype or forms[0].media_types[0]
    form = next((form for form in forms if media_type in form.media_types), None)
    if form is None:
        supported = " or ".join(form.media_types[0] for form in forms)
        message = f"Content-Type {media_type[:60]!r} is not supported here; send {supported}"
        raise BodyError(415, "unknown_type", message)
    encoding = request.headers.get("Content-Encoding", "")
    with decoding():
        body = decompress(request.get_data(cache=False), encoding)
        check_client()
        return form.read(body)
