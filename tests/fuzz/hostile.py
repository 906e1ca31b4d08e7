"""What nobody should send: strategies for texts, addresses, headers and bodies."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import msgspec
from hypothesis import strategies as st

from tests.fuzz.mutate import with_another_value

MAX_SEGMENT_CHARS, MAX_QUERY_CHARS = 24_000, 36_000
"""Lengths of escaped parts of an address; Python's own server refuses one of 64 KiB without asking
the service."""

Pairs = list[tuple[str, str]]


def _cursor(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


MOMENTS = st.sampled_from(
    ["0", "1", "-1", "1e9", str(2**62), str(2**63 - 1), str(2**63), "9" * 6_000]
)
"""Numbers as text, near those at which something changes."""
NUMBERS = (
    st.integers(-2, 3)
    | st.sampled_from([2**31, 2**53 + 1, 2**62, 2**63, 2**64, 10**30, 10**400, -(10**400)])
    | st.sampled_from([0.5, 1e308, 5e-324, -0.0])
)
SEARCHES = st.sampled_from(
    [
        "service:web OR (name:* -error:1)",
        "{service:* -span.duration:>1ns}",
        "duration:>0.000000001ns spans:>=999999999999999999",
        "trace:0000 root.name:*",
        'x:"\\"" ' + "w " * 99,
        "(" * 5_000,
        "-" * 21 + "a",
        "{" + "a " * 99 + "}",
        "\0:\0",
        "a:" + "b" * 3_990,
    ]
)
DEPTHS = st.sampled_from([20, 200, 2_000, 20_000, 200_000])
"""Levels of nesting."""
TEXTS = (
    st.text(max_size=20)
    | MOMENTS
    | SEARCHES
    | st.sampled_from(
        ["", "nan", "inf", "true", "null", "[]", "{}", "%", "..", "\0", "\u2028", "<script>"]
    )
    | st.sampled_from(
        [
            "٣",
            "²",
            "1_0",
            "+1",
            " 1",
            "1" * 19,
            "x" * 30_000,
            "á" * 600,
            "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        ]
    )
    | DEPTHS.map(lambda depth: "[" * min(depth, 20_000))
    | DEPTHS.map(lambda depth: '{"service":' * min(depth, 5_000))
    | DEPTHS.map(lambda depth: _cursor(b'["newest",1,"a",1,true,' + b"[" * min(depth, 20_000)))
    | NUMBERS.map(lambda number: _cursor(json.dumps(["newest", number, "a", 1, True]).encode()))
    | st.builds(
        lambda way, factor, width: json.dumps(
            {
                "service": "web",
                "name": "op",
                "resource": "GET /",
                "way": way,
                "factor": factor,
                "width": width,
            }
        ),
        st.sampled_from(["scale", "parallel", "batch", "cache", "x"]),
        NUMBERS,
        NUMBERS,
    )
)
"""Values of parameters."""
ODD_SEGMENTS = st.binary(max_size=12) | TEXTS.map(lambda text: text.encode("utf-8", "replace"))

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | MOMENTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def segments(known: Sequence[str]) -> st.SearchStrategy[str]:
    """Return parts of a path, escaped: known ones and odd ones."""
    odd = ODD_SEGMENTS.map(lambda raw: quote_from_bytes(raw, safe="")[:MAX_SEGMENT_CHARS])
    return st.sampled_from(list(known)) | odd if known else odd


def queries(names: Sequence[str], known: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Return queries of these parameters, escaped: missing, repeated, hostile or right."""
    named = st.sampled_from([*names, "x", "present"])
    values = st.sampled_from([*known, ""]) | TEXTS
    pairs: st.SearchStrategy[Pairs] = st.lists(st.tuples(named, values), max_size=5)
    raw = st.binary(max_size=20).map(lambda query: quote_from_bytes(query, safe="=&%+;"))
    return pairs.map(lambda pairs: urlencode(pairs, errors="replace")[:MAX_QUERY_CHARS]) | raw


DEEP_VALUE = "(a deep value)"
"""Placeholder for a value that is nested too deep for an encoder."""


def bodies(samples: Sequence[Any] = ()) -> st.SearchStrategy[bytes]:
    """Return bodies in JSON and msgpack: right ones, the same with another value somewhere, or with
    other bytes; and noise."""
    values = JSON_VALUES | st.just(DEEP_VALUE)
    if samples:
        values |= st.sampled_from(list(samples)).flatmap(lambda v: with_another_value(v, values))
    right = st.builds(_json, values, DEPTHS) | st.builds(_msgpack, values, DEPTHS)
    mutated = st.builds(_mutated, right, st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
    return right | mutated | right.map(gzip.compress) | st.binary(max_size=60)


def raw_bodies(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return bodies of a format that is bytes: right ones, the same changed or cut, and noise."""
    right = st.sampled_from(list(samples))
    mutated = st.builds(_mutated, right, st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
    cut = st.builds(lambda body, end: body[: end % len(body)], right, st.integers(0, 10**6))
    again = st.builds(lambda body, times: body * times, right, st.sampled_from([2, 1_000]))
    return right | mutated | cut | again | st.binary(max_size=60)


HEADERS = st.lists(
    st.one_of(
        st.tuples(
            st.just("Content-Type"),
            st.sampled_from(
                [
                    "application/json",
                    "application/msgpack",
                    "text/json; charset=x",
                    "",
                    ";",
                    'a/b;c="',
                    "multipart/form-data; boundary=x",
                    "application/x-thrift",
                    "application/x-www-form-urlencoded",
                ]
            ),
        ),
        st.tuples(st.just("Expect"), st.sampled_from(["100-continue", "x"])),
        st.tuples(
            st.just("Content-Encoding"),
            st.sampled_from(["gzip", "deflate", "identity", "br", "gzip, gzip", ""]),
        ),
        st.tuples(
            st.just("Accept-Encoding"),
            st.sampled_from(["gzip", "gzip;q=x", "*;q=0", ",,;=", "gzip;q=1e999"]),
        ),
        st.tuples(st.just("If-None-Match"), st.sampled_from(["*", '"x"', 'W/"', ",", "x" * 9_000])),
        st.tuples(st.just("Range"), st.sampled_from(["bytes=0-1", "bytes=9-1", "bytes=-", "x=y"])),
        st.tuples(
            st.just("If-Modified-Since"), st.sampled_from(["x", "Mon, 99 Jan 0000 99:99:99 GMT"])
        ),
        st.tuples(
            st.just("Cookie"),
            st.sampled_from(["traces-theme=dark", "=;=;", 'a="\\777"', "traces-theme=<x>"]),
        ),
        st.tuples(
            st.just("traceparent"),
            st.sampled_from(
                [
                    "00-" + "0" * 32 + "-" + "0" * 16 + "-01",
                    "ff-x",
                    "",
                    "00-" + "f" * 32 + "-" + "f" * 16 + "-zz",
                ]
            ),
        ),
        st.tuples(st.just("tracestate"), st.sampled_from(["dd=s:9;t.tid:x", "=" * 600, ","])),
        st.tuples(
            st.just("x-datadog-trace-id"), st.sampled_from(["0", "-1", "9" * 5_000, "²", "x"])
        ),
        st.tuples(st.just("x-datadog-parent-id"), st.sampled_from(["1", "9" * 5_000, "x"])),
        st.tuples(
            st.just("x-datadog-sampling-priority"), st.sampled_from(["2", "x", "9" * 5_000, "nan"])
        ),
        st.tuples(
            st.just("x-datadog-tags"),
            st.sampled_from(["_dd.p.tid=zz", "=,=", "_dd.p.tid=" + "f" * 16]),
        ),
        st.tuples(st.just("X-Request-ID"), st.sampled_from(["", "x" * 9_000, "\xe9"])),
        st.tuples(
            st.just("Origin"),
            st.sampled_from(["null", "http://evil.test", "http://[", "http://localhost"]),
        ),
    ),
    max_size=4,
    unique_by=lambda header: header[0],
)
"""Headers, most of them wrong."""


def _json(value: Any, depth: int) -> bytes:
    text = json.dumps(value).encode("utf-8", "replace")
    return text.replace(json.dumps(DEEP_VALUE).encode(), b"[" * depth + b"]" * depth)


def _msgpack(value: Any, depth: int) -> bytes:
    try:
        packed = msgspec.msgpack.encode(value)
    except (OverflowError, UnicodeEncodeError):  # msgpack has no such numbers and texts
        return b""
    mark = msgspec.msgpack.encode(DEEP_VALUE)
    return packed.replace(mark, b"\x91" * depth + b"\xc0")


def _mutated(body: bytes, place: int, change: bytes) -> bytes:
    place %= max(1, len(body))
    return body[:place] + change + body[place + len(change) :]
