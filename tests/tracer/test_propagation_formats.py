"""Each set of headers by itself: what is written is read again, and garbage is ignored."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.servers import ROOT
from tracer import Context
from tracer.propagation import DEFAULT, FORMATS, b3, formats_named, jaeger, xray

TRACE_ID = int("80f198ee56343ba864fe8b2a57d3eff7", 16)
SPAN_ID = int("e457b5a2e4d86bd1", 16)
ONE = Context(TRACE_ID, SPAN_ID, 1)
CONTEXTS = st.builds(
    Context,
    st.integers(1, 2**64 - 1) | st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.sampled_from([None, -1, 0, 1, 2]),
)
WRITTEN = [name for name, form in FORMATS.items() if form.inject]
NAMES = [
    *("traceparent", "x-datadog-trace-id", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled"),
    *("x-b3-flags", "uber-trace-id", "x-amzn-trace-id"),
]
PARTS = st.sampled_from(["-", ":", ";", "=", "Root", "1", "d", "0", "f" * 16, "a" * 32, "%3A", "٣"])
VALUES = st.text() | st.lists(PARTS, max_size=12).map("".join)


def as_said(name: str, context: Context) -> Context:
    """Return what a format can say of a context."""
    if name == "tracecontext":  # its flag is not optional
        return replace(context, priority=context.priority or 0)
    if name.startswith("b3") and context.priority == -1:
        return replace(context, priority=0)
    return context


@pytest.mark.parametrize("name", WRITTEN)
@given(context=CONTEXTS)
def test_what_is_injected_is_extracted(name: str, context: Context) -> None:
    form, headers = FORMATS[name], dict[str, str]()
    assert form.inject is not None
    form.inject(context, headers)
    assert form.extract(headers) == as_said(name, context)
    assert all(value.isascii() and value.isprintable() for value in headers.values())


@pytest.mark.parametrize("name", FORMATS)
@given(headers=st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_garbage_is_ignored(name: str, headers: dict[str, str]) -> None:
    context = FORMATS[name].extract(headers)
    if context is not None:
        assert 0 < context.trace_id < 2**128
        assert 0 <= context.span_id < 2**64
        assert context.priority in (None, -1, 0, 1, 2)


TRACE, SPAN = f"{TRACE_ID:032x}", f"{SPAN_ID:016x}"


@pytest.mark.parametrize(
    ("header", "context"),
    [
        (f"{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90", ONE),
        (f"{TRACE}-{SPAN}-1", ONE),
        (f"{TRACE}-{SPAN}", replace(ONE, priority=None)),
        (f"{TRACE}-{SPAN}-d", replace(ONE, priority=2)),
        (f"{TRACE}-{SPAN}-0".upper(), replace(ONE, priority=0)),
        (f"{TRACE[16:]}-{SPAN}-1", replace(ONE, trace_id=TRACE_ID % 2**64)),
        ("0", None),
        (f"{TRACE}-{SPAN}-2", None),
        (f"{TRACE}-{0:016x}-1", None),
        (f"{0:032x}-{SPAN}-1", None),
        (f"{TRACE}0-{SPAN}-1", None),
    ],
)
def test_b3_in_one_header(header: str, context: Context | None) -> None:
    assert b3.extract({"b3": header}) == context


@pytest.mark.parametrize(
    ("more", "priority"),
    [
        ({"x-b3-sampled": "1"}, 1),
        ({"x-b3-sampled": "0"}, 0),
        ({"x-b3-sampled": "true"}, 1),
        ({"x-b3-sampled": "0", "x-b3-flags": "1"}, 2),
        ({"x-b3-parentspanid": SPAN}, None),
        ({"x-b3-sampled": "maybe"}, None),
    ],
)
def test_b3_in_several_headers(more: dict[str, str], priority: int | None) -> None:
    ids = {"x-b3-traceid": TRACE, "x-b3-spanid": SPAN}
    assert b3.extract(ids | more) == replace(ONE, priority=priority)


def test_b3_without_a_span_is_not_written() -> None:
    headers: dict[str, str] = {}
    for write in (b3.inject_single, b3.inject_multi):
        write(Context(TRACE_ID, 0), headers)
    assert headers == {}


@pytest.mark.parametrize(
    ("header", "context"),
    [
        (f"{TRACE}:{SPAN}:0:1", ONE),
        (f"{TRACE}%3A{SPAN}%3a0%3A3", replace(ONE, priority=2)),
        ("7:8:0:0", Context(7, 8, 0)),
        ("0:8:0:1", None),
        ("7:0:0:1", None),
        ("7:8:0", None),
        ("g:8:0:1", None),
        (f"{TRACE}0:{SPAN}:0:1", None),
    ],
)
def test_jaegers_header(header: str, context: Context | None) -> None:
    assert jaeger.extract({"uber-trace-id": header}) == context


ROOT_FIELD = f"Root=1-{TRACE[:8]}-{TRACE[8:]}"


@pytest.mark.parametrize(
    ("header", "context"),
    [
        (f"{ROOT_FIELD};Parent={SPAN};Sampled=1", ONE),
        (f"Self=1-67891234-12456789abcdef012345678;{ROOT_FIELD}; Parent={SPAN}; Sampled=0", None),
        (f"{ROOT_FIELD};Parent={SPAN};Sampled=?", replace(ONE, priority=None)),
        (ROOT_FIELD, Context(TRACE_ID, 0)),
        (f"{ROOT_FIELD};Parent=junk", Context(TRACE_ID, 0)),
        (f"Parent={SPAN};Sampled=1", None),
        (f"Root=1-{0:08x}-{0:024x}", None),
        (f"Root=2-{TRACE[:8]}-{TRACE[8:]}", None),
        ("Root=" * 100_000, None),
    ],
)
def test_x_rays_header(header: str, context: Context | None) -> None:
    if header.startswith("Self"):
        context = replace(ONE, priority=0)
    assert xray.extract({"x-amzn-trace-id": header}) == context


def test_unknown_names_are_said_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    assert formats_named(" B3 ,beer,") == [FORMATS["b3"]]
    assert "'beer', which is none of tracecontext, datadog, b3" in caplog.text
    assert formats_named("beer") == formats_named(DEFAULT)


IN_AND_OUT = """
from tracer import propagation
headers = {"uber-trace-id": "7:8:0:1", "b3": "%s"}
context = propagation.extract(headers)
sent = {}
propagation.inject(context, sent)
print(context.trace_id, *sorted(sent))
"""


@pytest.mark.parametrize(
    ("setting", "printed"),
    [
        ("b3,jaeger", f"{TRACE_ID} b3"),
        ("jaeger,b3multi", "7 x-b3-sampled x-b3-spanid x-b3-traceid"),
        ("tracecontext,b3", f"{TRACE_ID} b3 traceparent tracestate"),
    ],
)
def test_the_environment_chooses(setting: str, printed: str) -> None:
    program = IN_AND_OUT % f"{TRACE}-{SPAN}-1"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "TRACE_PROPAGATION": setting},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == printed
