"""The routes of Jaeger's collector and agent: for spans, and for the clients' question how many of
their traces to keep."""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.http.answers import json
from collector.http.intake.intake import Form, Intake, accepted
from collector.receivers.jaeger import read_http
from collector.receivers.payload import Payload
from collector.sampling.foreign_rules import jaeger_strategy

THRIFT_TYPES = (
    "application/x-thrift",
    "application/vnd.apache.thrift.binary",
    "application/octet-stream",
)
SPANS = (Form(THRIFT_TYPES, read_http),)


def jaeger_intake(intake: Intake) -> Blueprint:
    """Return the routes for spans in Jaeger's format."""
    blueprint = Blueprint("jaeger_intake", __name__)

    @blueprint.post("/api/traces")
    def batches() -> Response:
        return intake.receive(SPANS, _answer)

    @blueprint.get("/sampling")
    def sampling() -> Response:
        service = request.args.get("service", "")
        return json(jaeger_strategy(intake.rules, service))

    return blueprint


def _answer(payload: Payload) -> Response:
    """Return 202, as Jaeger does, and 200 to a client that called a function and waits for what it
    returns."""
    if payload.reply:
        return Response(payload.reply, mimetype=THRIFT_TYPES[0])
    return accepted(payload)
