"""The routes of a Zipkin server to which its clients send spans."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.http.answers import json
from collector.http.intake.intake import Form, Intake
from collector.receivers import zipkin_v1_json, zipkin_v1_thrift, zipkin_v2
from collector.receivers.payload import Payload

JSON_TYPES = ("application/json", "text/json")
PROTOBUF_TYPES = ("application/x-protobuf", "application/protobuf", "application/octet-stream")
THRIFT_TYPES = ("application/x-thrift", "application/octet-stream")
V2 = (Form(JSON_TYPES, zipkin_v2.read_json), Form(PROTOBUF_TYPES, zipkin_v2.read_protobuf))
V1 = (
    Form(JSON_TYPES, zipkin_v1_json.read_json),
    Form(THRIFT_TYPES, zipkin_v1_thrift.read_thrift),
)


def zipkin_intake(intake: Intake) -> Blueprint:
    """Return the routes for spans in Zipkin's formats."""
    blueprint = Blueprint("zipkin_intake", __name__)

    @blueprint.post("/api/v2/spans")
    def v2() -> Response:
        return intake.receive(V2, _answer)

    @blueprint.post("/api/v1/spans")
    def v1() -> Response:
        return intake.receive(V1, _answer)

    return blueprint


def _answer(payload: Payload) -> Response:
    """Return 202, as Zipkin does: py_zipkin takes anything else for a failure."""
    if not payload.rejected:
        return Response(status=202)
    return json({"rejected": payload.rejected.total(), "reasons": payload.reasons}, 202)
