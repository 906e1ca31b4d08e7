"""The routes for spans, of all formats."""

from __future__ import annotations

from collector.http.intake.datadog import datadog_intake
from collector.http.intake.jaeger import jaeger_intake
from collector.http.intake.otlp import otlp_intake
from collector.http.intake.xray import xray_intake
from collector.http.intake.zipkin import zipkin_intake

INTAKES = {
    "datadog": datadog_intake,
    "otlp": otlp_intake,
    "zipkin": zipkin_intake,
    "jaeger": jaeger_intake,
    "xray": xray_intake,
}
"""The routes for spans, by the receivers that their spans are counted under."""
