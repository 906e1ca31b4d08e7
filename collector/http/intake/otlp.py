"""The route of OTLP over HTTP, and its answers, which have the form of the request."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, request

from collector.http.intake.intake import JSON_TYPES, PROTOBUF_TYPES, Form, Intake
from collector.receivers.otlp_json import read_json
from collector.receivers.otlp_protobuf import read_protobuf
from collector.receivers.payload import Payload
from collector.receivers.protobuf import bytes_field, number_field

FORMS = (Form(PROTOBUF_TYPES, read_protobuf), Form(JSON_TYPES, read_json))

INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE = 3, 8, 14
"""Codes of gRPC, which OTLP uses in its answers over HTTP, too."""
CODES = {429: RESOURCE_EXHAUSTED, 503: UNAVAILABLE}
"""The code for an HTTP status; any other status is the sender's mistake."""


def otlp_intake(intake: Intake) -> Blueprint:
    """Return the route for spans in OTLP."""
    blueprint = Blueprint("otlp_intake", __name__)

    @blueprint.post("/v1/traces")
    def otlp() -> Response:
        return intake.receive(FORMS, _answer, _refuse)

    return blueprint


def partial_success(payload: Payload) -> bytes:
    """Return an `ExportTraceServiceResponse` that says what was rejected; empty if nothing was."""
    if not payload.rejected:
        return b""
    rejected = number_field(1, payload.rejected.total())
    return bytes_field(1, rejected + bytes_field(2, "; ".join(payload.reasons)))


def _answer(payload: Payload) -> Response:
    if _is_protobuf():
        return Response(partial_success(payload), mimetype=PROTOBUF_TYPES[0])
    answer: dict[str, Any] = {}
    if payload.rejected:
        answer["partialSuccess"] = {
            "rejectedSpans": str(payload.rejected.total()),
            "errorMessage": "; ".join(payload.reasons),
        }
    return _json(answer, 200)


def _refuse(status: int, message: str, retry_after: int | None) -> Response:
    """Return a `google.rpc.Status`; `error` has the message, too, as in all our answers in JSON."""
    code = CODES.get(status, INVALID_ARGUMENT)
    if _is_protobuf():
        body = number_field(1, code) + bytes_field(2, message)
        response = Response(body, status, mimetype=PROTOBUF_TYPES[0])
    else:
        response = _json({"code": code, "message": message, "error": message}, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _is_protobuf() -> bool:
    """Return whether this request has protobuf, and so must its answer."""
    return request.mimetype in ("", *PROTOBUF_TYPES)


def _json(answer: dict[str, Any], status: int) -> Response:
    return Response(msgspec.json.encode(answer), status, mimetype=JSON_TYPES[0])
