"""The routes of a Zipkin server to which its clients send spans."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.http.intake.intake import JSON_TYPES, PROTOBUF_TYPES, Form, Intake, accepted
from collector.receivers import zipkin_v1_json, zipkin_v1_thrift, zipkin_v2

BINARY = "application/octet-stream"
V2 = (
    Form(JSON_TYPES, zipkin_v2.read_json),
    Form((*PROTOBUF_TYPES, BINARY), zipkin_v2.read_protobuf),
)
V1 = (
    Form(JSON_TYPES, zipkin_v1_json.read_json),
    Form(("application/x-thrift", BINARY), zipkin_v1_thrift.read_thrift),
)


def zipkin_intake(intake: Intake) -> Blueprint:
    """Return the routes for spans in Zipkin's formats. They answer 202, as Zipkin does: py_zipkin
    takes anything else for a failure."""
    blueprint = Blueprint("zipkin_intake", __name__)

    @blueprint.post("/api/v2/spans")
    def v2() -> Response:
        return intake.receive(V2, accepted)

    @blueprint.post("/api/v1/spans")
    def v1() -> Response:
        return intake.receive(V1, accepted)

    return blueprint
