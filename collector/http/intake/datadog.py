"""The routes of a Datadog agent: for spans, and for whatever else its clients ask."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response

from collector.http.answers import json
from collector.http.intake.intake import JSON_TYPES, Form, Intake
from collector.receivers import datadog
from collector.receivers.payload import Payload
from collector.sampling.foreign_rules import datadog_rates

MSGPACK_TYPES = ("application/msgpack", "application/x-msgpack")
V04 = (
    Form(MSGPACK_TYPES, datadog.read_v04),
    Form(JSON_TYPES, partial(datadog.read_v04, json=True)),
)
V05 = (Form(MSGPACK_TYPES, datadog.read_v05),)
AGENT_INFO = {
    "version": "beer-and-donuts",
    "endpoints": [
        "/v0.3/traces",
        "/v0.4/traces",
        "/v0.5/traces",
        # Answered with an empty object only, but ddtrace-run complains at every start without them.
        "/debugger/v1/diagnostics",
        "/debugger/v2/input",
    ],
    "client_drop_p0s": False,
    "span_events": True,
}


def datadog_intake(intake: Intake) -> Blueprint:
    """Return the routes for spans in Datadog's formats."""
    blueprint = Blueprint("datadog_intake", __name__)

    def answer(payload: Payload) -> Response:
        """Tell the client how much of each service to send, and what was rejected."""
        said: dict[str, object] = {"rate_by_service": datadog_rates(intake.rules)}
        if payload.rejected:
            said |= {"rejected": payload.rejected.total(), "reasons": payload.reasons}
        return json(said)

    def v04() -> Response:
        return intake.receive(V04, answer)

    def v05() -> Response:
        return intake.receive(V05, answer)

    for version, view in (("v0.3", v04), ("v0.4", v04), ("v0.5", v05)):
        path = f"/{version}/traces"
        blueprint.add_url_rule(path, version.replace(".", ""), view, methods=("PUT", "POST"))

    @blueprint.get("/info")
    def info() -> Response:
        return json(AGENT_INFO)

    @blueprint.route("/v0.6/stats", methods=("PUT", "POST"))
    @blueprint.post("/telemetry/<path:_rest>")
    @blueprint.post("/debugger/<path:_rest>")
    @blueprint.route("/v0.7/config", methods=("GET", "POST"))
    def ignored(_rest: str = "") -> Response:
        return json({})

    return blueprint
