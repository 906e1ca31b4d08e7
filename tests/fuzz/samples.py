"""Traces and a run as clients send them: right, but at the limits of what is allowed."""

from __future__ import annotations

import json
from typing import Any

from tests.collector.thrift_writers import Binary, Value, i64, record, records, text

LARGEST = 2**62 - 1
START = 10**18

PARAMETERS = [
    "1",
    "10",
    "0",
    "web",
    "op",
    "GET /",
    "service:web",
    "path",
    "operation",
    "slowest",
    str(START),
]
"""Values that are valid for some parameter."""


def _span(trace: int, number: int, parent: int = 0, **more: Any) -> dict[str, Any]:
    span = {
        "trace_id": trace,
        "span_id": number,
        "parent_id": parent,
        "service": "web",
        "name": "op",
        "resource": "GET /",
        "type": "http",
        "start": START + number % 100,
        "duration": 1_000_000,
    }
    return span | more


_SERVER, _CLIENT = {"span.kind": "server"}, {"span.kind": "client"}
_EVENT = {"time_unix_nano": LARGEST, "name": "\0", "attributes": {"a": 2**63}}
_LINK = {"trace_id": 2**64 - 1, "span_id": 2**64 - 1, "attributes": {"": ""}}
_ORDINARY = [
    _span(1, 1, meta=_CLIENT | {"version": "step-10", "http.response.status_code": "200"}),
    _span(1, 2, 1, service="taster", meta=_SERVER, start=START - 10**9),
    *[_span(1, n, 2, service="db", type="sql", resource="SELECT") for n in range(3, 12)],
    _span(1, 12, 1, error=1, meta={"cache.hit": "false", "error.message": "\0\u2028"}),
]
_LONGEST = [_span(2, 1, start=LARGEST, duration=LARGEST), _span(2, 2, 1, start=0, duration=LARGEST)]
_CIRCLE = [_span(3, 1, 2), _span(3, 2, 1), _span(3, 3, 3), _span(3, 4, 99), _span(3, 4, 98)]
_ODD = [
    _span(4, 1, service="\0", name="\x1f\x1e", resource="\ud7ff" * 900, span_events=[_EVENT]),
    _span(4, 2**64 - 1, 1, metrics={"_dd.rule_psr": 1e-300, "x": 1e308}, span_links=[_LINK]),
    _span(4, 3, 1, duration=0, meta={"": "", "k" * 200: "v"}),
    _span(4, 4, 1, metrics={"http.response.status_code": 1e300, "rows": 2**64 - 1}, meta=_SERVER),
    _span(4, 5, 1, metrics={"_dd.agent_psr": 5e-324, "_sampling_priority_v1": 2}),
]
TRACES = [
    [_ORDINARY],
    [_LONGEST, _CIRCLE],
    [_ODD],
    [[_span(n, 1, duration=n**9)] for n in range(5, 60)],
]
"""Bodies for v0.4, as values."""
V05 = [["", "web", "op", "k"], [[[1, 2, 2, 70, 1, 0, START, LARGEST, 1, {3: 1}, {3: 1.5}, 0]]]]
"""A body for v0.5."""
_VALUE = {"arrayValue": {"values": [{"kvlistValue": {"values": [{"key": "", "value": None}]}}]}}
OTLP = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "\0"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "s", "attributes": [{"key": "", "value": {}}]},
                    "spans": [
                        {
                            "traceId": "F" * 32,
                            "spanId": "//////////8=",
                            "parentSpanId": "1",
                            "kind": "SPAN_KIND_SERVER",
                            "startTimeUnixNano": str(START),
                            "endTimeUnixNano": LARGEST,
                            "attributes": [{"key": "k", "value": _VALUE}],
                            "events": [{"timeUnixNano": "0", "attributes": None}],
                            "links": [{"traceId": "1", "spanId": "1"}],
                            "status": {"code": "2"},
                        }
                    ],
                }
            ],
        }
    ]
}
"""A body for OTLP."""
_TAG = record(f1=text("error"), f2=Value("i32", 2), f5=Value("bool", True))
_JAEGER_SPAN = record(
    f1=i64(2**64 - 1),
    f2=i64(0),
    f3=i64(1),
    f4=i64(2**64 - 1),
    f5=text("\0"),
    f6=records([record(f1=Value("i32", 9), f2=i64(1), f3=i64(0), f4=i64(1))]),
    f7=Value("i32", 3),
    f8=i64(2**63 - 1),
    f9=i64(0),
    f10=records([_TAG, record(f1=text(""), f2=Value("i32", 4), f7=Value("bytes", b"\xff"))]),
    f11=records([record(f1=i64(0), f2=records([_TAG]))]),
)
JAEGER_BATCH = record(f1=record(f1=text("web"), f2=records([_TAG])), f2=records([_JAEGER_SPAN]))
"""A batch of Jaeger's clients."""
JAEGER = [
    Binary()(JAEGER_BATCH),
    Binary().message("submitBatches", record(f1=records([JAEGER_BATCH, JAEGER_BATCH]))),
]
"""Bodies for Jaeger's collector."""
RULES = [
    b'only web, "a b" may call tast*\nnever outside calls db  # nobody\n* may run "palate.?"\n'
]
"""Rules of the audit."""
_ENDPOINT = {"serviceName": "\0", "ipv4": "999", "ipv6": None, "port": 2**70}
_ZIPKIN_IDS = {"traceId": "F" * 32, "id": "1", "parentId": "0"}
ZIPKIN = [
    [
        _ZIPKIN_IDS
        | {
            "kind": None,
            "timestamp": 2**63,
            "duration": -1,
            "localEndpoint": _ENDPOINT,
            "remoteEndpoint": {},
            "annotations": [{"timestamp": -1, "value": '{"a": {"b": [[]]}}'}],
            "tags": {"error": "", "": None},
            "debug": True,
            "shared": True,
        },
        _ZIPKIN_IDS | {"kind": "CLIENT", "id": "f" * 16, "parentId": "f" * 16},
    ]
]
"""Bodies of Zipkin's second version."""
ZIPKIN_V1 = [
    [
        _ZIPKIN_IDS
        | {
            "annotations": [
                {"timestamp": at, "value": name, "endpoint": _ENDPOINT}
                for name, at in (("cs", 1), ("sr", 2), ("ss", 2**62), ("cr", 0))
            ],
            "binaryAnnotations": [
                {"key": "sa", "value": True, "endpoint": _ENDPOINT},
                {"key": "error", "value": [{}], "endpoint": None},
            ],
        },
        _ZIPKIN_IDS | {"id": "2", "parentId": "2"},
    ]
]
"""Bodies of Zipkin's first version."""
SEGMENT = {
    "name": "web",
    "id": "F" * 16,
    "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
    "start_time": 1.5e9,
    "end_time": 4.6e9,
    "fault": True,
    "cause": {"exceptions": [{"stack": [{}, None]}, {}]},
    "http": {"request": {"method": None}, "response": {"status": 1e300}},
    "metadata": {"": {"": [[{}]]}},
    "subsegments": [{"id": "1", "start_time": -1.5e300}, {"id": "1", "namespace": "aws"}, None],
}
"""A document of X-Ray's SDKs."""
XRAY = {"TraceSegmentDocuments": [json.dumps(SEGMENT), "[" * 20_000, "{}", ""]}
"""A body for X-Ray."""
RUN = {
    "began": str(START),
    "state": "running",
    "seconds": 2.0**62,
    "dials": {"": {"value": 1e308, "default": -1e308}},
    "total": {"name": "", "requests": 2**53, "p50": 2.0**62, "percentiles": [[99.9, 1]]},
    "routes": [{"name": "\0", "requests": 1, "failed": 1}],
    "timeline": [{"second": 0, "users": 2**53, "requests": 0}, {"second": 2**53, "users": 0}],
    "errors": [{"name": "/", "error": "<b>", "count": 1, "trace_id": "0" * 32}],
    "slowest": [{"trace_id": "f" * 32, "name": "/", "start": "9" * 19, "duration": 2.0**62}],
}
"""A run of the load test."""
_IDS = {"traceID": "9" * 32, "spanID": "f" * 16}
FILES = [
    {"traces": [{"trace_id": "9", "spans": [{"id": "1", "start": str(LARGEST), "duration": 1}]}]},
    {
        "data": [
            {"traceID": "9", "processes": {}, "spans": [{**_IDS, "startTime": LARGEST // 1000}]}
        ]
    },
    {"traceEvents": [{"ph": phase, "ts": 1e15, "name": None} for phase in "XBEMsfb"]},
    [{"traceId": "9", "id": "1", "timestamp": 1, "tags": {"error": ""}, "duration": 2**62}],
    {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "9" * 32, "spanId": "1" * 16}]}]}]},
]
"""Files with traces, as values."""
