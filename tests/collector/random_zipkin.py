"""Random spans of Zipkin, written in each of its formats."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from hypothesis import strategies as st

from collector.receivers.protobuf import bytes_field, number_field
from tests.collector.thrift_writers import Binary, Value, i64, record, records, text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
KEYS = NAMES.map("k.{}".format)
"""Keys that no convention has."""
MICROSECONDS = st.integers(1, 2**51)
ADDRESSES = (st.ip_addresses(v=4) | st.ip_addresses(v=6)).filter(int).map(str)
ENDPOINTS = st.fixed_dictionaries(
    {}, optional={"serviceName": NAMES, "ip": ADDRESSES, "port": st.integers(1, 65_535)}
)
SPANS = st.fixed_dictionaries(
    {
        "traceId": st.integers(1, 2**128 - 1) | st.integers(1, 2**64 - 1),
        "id": st.integers(1, 2**64 - 1),
        "timestamp": MICROSECONDS,
    },
    optional={
        "parentId": st.integers(1, 2**64 - 1),
        "kind": st.sampled_from(["CLIENT", "SERVER", "PRODUCER", "CONSUMER"]),
        "name": NAMES,
        "duration": st.integers(1, 2**40),
        "localEndpoint": ENDPOINTS,
        "remoteEndpoint": ENDPOINTS,
        "annotations": st.lists(
            st.tuples(MICROSECONDS, NAMES.filter(lambda name: name[0] != "{")), max_size=3
        ),
        "tags": st.dictionaries(KEYS, TEXTS, max_size=4),
        "debug": st.booleans(),
        "shared": st.booleans(),
    },
)
"""A span in the words of v2's JSON; ids are numbers, an endpoint's address is under `ip`."""
Random = dict[str, Any]


def v2_json(spans: list[Random], hex_id: Any = "{:016x}".format) -> bytes:
    """Return a body in JSON, version 2."""
    return json.dumps([_json(span, hex_id) for span in spans]).encode()


def _json(span: Random, hex_id: Any) -> Random:
    written = span | {
        key: hex_id(span[key]) for key in ("traceId", "id", "parentId") if key in span
    }
    for key in ("localEndpoint", "remoteEndpoint"):
        if key in span:
            written[key] = _endpoint(span[key])
    if "annotations" in span:
        notes = span["annotations"]
        written["annotations"] = [{"timestamp": time, "value": value} for time, value, *_ in notes]
    return written


def _endpoint(endpoint: Random) -> Random:
    written = dict(endpoint)
    if address := written.pop("ip", None):
        written["ipv6" if ":" in address else "ipv4"] = address
    return written


KINDS = ["", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"]


def v2_protobuf(spans: list[Random]) -> bytes:
    """Return a `ListOfSpans`."""
    return b"".join(bytes_field(1, _message(span)) for span in spans)


def _message(span: Random) -> bytes:
    size = 16 if span["traceId"] >> 64 else 8
    fields = [
        bytes_field(1, span["traceId"].to_bytes(size, "big")),
        bytes_field(3, span["id"].to_bytes(8, "big")),
        _fixed64(6, span["timestamp"]),
        number_field(4, KINDS.index(span.get("kind", ""))),
        bytes_field(5, span.get("name", "")),
        number_field(7, span.get("duration", 0)),
        number_field(12, span.get("debug", False)),
        number_field(13, span.get("shared", False)),
    ]
    if "parentId" in span:
        fields.append(bytes_field(2, span["parentId"].to_bytes(8, "big")))
    for number, key in ((8, "localEndpoint"), (9, "remoteEndpoint")):
        if key in span:
            fields.append(bytes_field(number, _endpoint_message(span[key])))
    for time, value in span.get("annotations", ()):
        fields.append(bytes_field(10, _fixed64(1, time) + bytes_field(2, value)))
    for key, value in span.get("tags", {}).items():
        fields.append(bytes_field(11, bytes_field(1, key) + bytes_field(2, value)))
    return b"".join(fields)


def _endpoint_message(endpoint: Random) -> bytes:
    fields = bytes_field(1, endpoint.get("serviceName", ""))
    if "ip" in endpoint:
        address = ipaddress.ip_address(endpoint["ip"])
        fields += bytes_field(2 if address.version == 4 else 3, address.packed)
    return fields + number_field(4, endpoint.get("port", 0))


def _fixed64(number: int, value: int) -> bytes:
    return bytes((number << 3 | 1,)) + value.to_bytes(8, "little")


V1_ENDS = {"CLIENT": ("cs", "cr", "sa"), "SERVER": ("sr", "ss", "ca")}


def to_v1(span: Random) -> Random:
    """Return a span as a v1 client with these facts would write it, in the words of v1's JSON."""
    here = span.get("localEndpoint", {})
    start, length = span["timestamp"], span.get("duration", 0)
    notes = [(time, value, here) for time, value in span.get("annotations", ())]
    tags = [(key, value, here) for key, value in span.get("tags", {}).items()]
    if kind := V1_ENDS.get(span.get("kind", "")):
        notes += [(start, kind[0], here)] + ([(start + length, kind[1], here)] if length else [])
        if "remoteEndpoint" in span:
            tags.append((kind[2], True, span["remoteEndpoint"]))
    elif "kind" in span:
        notes.append((start, "ms" if span["kind"] == "PRODUCER" else "mr", here))
        if "remoteEndpoint" in span:
            tags.append(("ma", True, span["remoteEndpoint"]))
    return span | {"annotations": notes, "binaryAnnotations": tags}


def v1_json(spans: list[Random]) -> bytes:
    """Return a body in JSON, version 1."""
    bodies = []
    for span in map(to_v1, spans):
        written = _json(span, "{:016X}".format)
        written["annotations"] = [
            {"timestamp": time, "value": value, "endpoint": _endpoint(place)}
            for time, value, place in span["annotations"]
        ]
        written["binaryAnnotations"] = [
            {"key": key, "value": value, "endpoint": _endpoint(place)}
            for key, value, place in span["binaryAnnotations"]
        ]
        for key in ("kind", "tags", "localEndpoint", "remoteEndpoint", "shared"):
            written.pop(key, None)
        bodies.append(written)
    return json.dumps(bodies).encode()


def v1_thrift(spans: list[Random]) -> bytes:
    """Return a list in the binary protocol."""
    return Binary()(records([_thrift(span) for span in map(to_v1, spans)]))


def _thrift(span: Random) -> Value:
    return record(
        f1=i64(span["traceId"] % 2**64),
        f3=text(span.get("name", "")),
        f4=i64(span["id"]),
        f5=i64(span["parentId"]) if "parentId" in span else None,
        f6=records(
            [
                record(f1=i64(time), f2=text(value), f3=_thrift_endpoint(place))
                for time, value, place in span["annotations"]
            ]
        ),
        f8=records(
            [
                record(
                    f1=text(key),
                    f2=Value("bytes", b"\1") if value is True else text(value),
                    f3=Value("i32", 0 if value is True else 6),
                    f4=_thrift_endpoint(place),
                )
                for key, value, place in span["binaryAnnotations"]
            ]
        ),
        f9=Value("bool", span.get("debug", False)),
        f10=i64(span["timestamp"]),
        f11=i64(span["duration"]) if "duration" in span else None,
        f12=i64(span["traceId"] >> 64),
    )


def _thrift_endpoint(endpoint: Random) -> Value:
    address = ipaddress.ip_address(endpoint["ip"]).packed if "ip" in endpoint else b"\0\0\0\0"
    port = endpoint.get("port", 0)
    return record(
        f1=Value("i32", int.from_bytes(address, "big", signed=True) if len(address) == 4 else 0),
        f2=Value("i16", port - 2**16 if port >= 2**15 else port),
        f3=text(endpoint.get("serviceName", "")),
        f4=Value("bytes", address) if len(address) == 16 else None,
    )
