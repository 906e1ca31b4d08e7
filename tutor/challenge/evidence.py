"""The evidence that an answer points at: one span of one stored trace."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from tutor.challenge.challenges import Challenge
from tutor.checks.stored_trace import Span, Trace
from tutor.collector import Collector
from tutor.errors import UsageError

HEX = re.compile(r"[0-9a-f]{1,32}")


def ids(trace: str, span: str) -> tuple[str, str]:
    """Return the ids of a trace and a span, as they were given: the first one may be the address of
    the trace's page, which also names the span that is selected there.

    Raises `UsageError` if one of them is missing or no id.
    """
    if "/" in trace:
        address = urlsplit(trace)
        trace = address.path.rstrip("/").rpartition("/trace/")[2]
        span = span or parse_qs(address.query).get("span", [""])[0]
    if not span:
        raise UsageError("which span of that trace? Select it in the UI, then name it with --span")
    for what, text in (("trace", trace), ("span", span)):
        if not HEX.fullmatch(text.lower()):
            raise UsageError(f"{text!r} is not the id of a {what}: that is a number in hex")
    return trace.lower(), span.lower()


def find(challenge: Challenge, collector: Collector, trace_id: str, span_id: str) -> Span:
    """Return the span, with its trace.

    Raises `UsageError` if there is none, or if it is not of this build, `NotReadyError` if the
    collector does not answer.
    """
    answer = collector.trace(trace_id)
    if answer is None:
        raise UsageError(
            f"the collector has no trace {trace_id}. Start the build again if it is long ago:"
            f" ./workshop challenge start {challenge.number}"
        )
    deploy = answer["summary"]["version"]
    if deploy != challenge.version:
        raise UsageError(
            f"trace {trace_id} is of the deploy {deploy or '(unnamed)'}, not of {challenge.version}"
        )
    trace = Trace(answer, collector, "")
    span = next((span for span in trace if int(span.id, 16) == int(span_id, 16)), None)
    if span is None:
        raise UsageError(f"trace {trace_id} has no span {span_id}")
    return span
