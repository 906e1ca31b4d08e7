"""The routes of AWS X-Ray that its SDKs call, by themselves or through its daemon."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.http.answers import json
from collector.http.intake.intake import Form, Intake
from collector.receivers.payload import Payload
from collector.receivers.xray_documents import read_request
from collector.sampling.foreign_rules import xray_rules

JSON_TYPES = (
    "application/json",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
    "text/json",
)
SEGMENTS = (Form(JSON_TYPES, read_request),)


def xray_intake(intake: Intake) -> Blueprint:
    """Return the routes for X-Ray's segments, and for the SDKs' question how many to send."""
    blueprint = Blueprint("xray_intake", __name__)

    @blueprint.post("/TraceSegments")
    def segments() -> Response:
        return intake.receive(SEGMENTS, _answer)

    @blueprint.post("/GetSamplingRules")
    def rules() -> Response:
        return json({"SamplingRuleRecords": xray_rules(intake.rules)})

    @blueprint.post("/SamplingTargets")
    def targets() -> Response:
        return json(
            {"SamplingTargetDocuments": [], "UnprocessedStatistics": [], "LastRuleModification": 0}
        )

    return blueprint


def _answer(payload: Payload) -> Response:
    """Return what was not taken, as `PutTraceSegments` does."""
    unprocessed = [{"ErrorCode": "InvalidSegment", "Message": reason} for reason in payload.reasons]
    left_out = payload.rejected.total() - len(unprocessed)
    if left_out:
        message = f"and {left_out:,} more"
        unprocessed.append({"ErrorCode": "InvalidSegment", "Message": message})
    return json({"UnprocessedTraceSegments": unprocessed})
