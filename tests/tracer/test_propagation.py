"""Context over HTTP: it goes out and comes back unchanged, and no header can do harm."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracer import Context
from tracer.propagation import extract, inject

TRACE_ID = int("0af7651916cd43dd8448eb211c80319c", 16)
SPAN_ID = int("b7ad6b7169203331", 16)
W3C = {"traceparent": f"00-{TRACE_ID:032x}-{SPAN_ID:016x}-01"}
DATADOG = {
    "x-datadog-trace-id": str(TRACE_ID % 2**64),
    "x-datadog-parent-id": str(SPAN_ID),
    "x-datadog-sampling-priority": "2",
    "x-datadog-tags": f"_dd.p.dm=-4,_dd.p.tid={TRACE_ID >> 64:016x}",
}

CONTEXTS = st.builds(
    Context,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.sampled_from([-1, 0, 1, 2]),
    st.sampled_from(["", "rojo=00f067aa0ba902b7", "a=1,b@c=x:y;z"]),
)
NAMES = ["traceparent", "tracestate", *DATADOG, "host", "Traceparent"]
GARBAGE = st.text() | st.binary() | st.none() | st.integers() | st.just(W3C["traceparent"])


@given(CONTEXTS)
def test_what_is_injected_is_extracted(context: Context) -> None:
    headers: dict[str, str] = {}
    inject(context, headers)
    assert extract(headers) == context


@given(CONTEXTS)
def test_each_set_of_headers_suffices(context: Context) -> None:
    headers: dict[str, str] = {}
    inject(context, headers)
    assert extract({k: v for k, v in headers.items() if k.startswith("x-")}) == replace(
        context, tracestate=""
    )
    assert extract({k: v for k, v in headers.items() if k.startswith("trace")}) == context


@given(CONTEXTS)
def test_all_headers_can_be_sent(context: Context) -> None:
    headers: dict[str, str] = {}
    inject(context, headers)
    for name, value in headers.items():
        assert name == name.lower()
        assert value.isascii()
        assert value.isprintable()


def test_the_case_of_names_does_not_matter() -> None:
    assert extract({"TraceParent": W3C["traceparent"]}) == Context(TRACE_ID, SPAN_ID, 1)
    assert extract({k.title(): v for k, v in DATADOG.items()}) == Context(TRACE_ID, SPAN_ID, 2)


def test_w3c_counts_if_both_are_there() -> None:
    other = {**DATADOG, "x-datadog-trace-id": "1", "x-datadog-tags": ""}
    assert extract(W3C | other) == Context(TRACE_ID, SPAN_ID, 1)
    assert extract({"traceparent": "garbage"} | DATADOG) == Context(TRACE_ID, SPAN_ID, 2)


def test_64_bit_ids_are_kept_as_they_are() -> None:
    headers = {"x-datadog-trace-id": "7", "x-datadog-parent-id": "8"}
    context = extract(headers)
    assert context == Context(7, 8, None)
    sent: dict[str, str] = {}
    inject(context, sent)
    assert headers.items() <= sent.items()
    assert "x-datadog-tags" not in sent
    assert sent["traceparent"] == f"00-{7:032x}-{8:016x}-00"


@pytest.mark.parametrize(
    ("state", "flag", "priority"),
    [
        ("dd=s:2;p:1", "01", 2),
        ("dd=t.dm:-4;s:-1", "00", -1),
        ("dd=s:2", "00", 0),
        ("dd=s:0", "01", 1),
        ("dd=s:99", "01", 1),
        ("dd=garbage", "03", 1),
    ],
)
def test_a_finer_priority_in_tracestate(state: str, flag: str, priority: int) -> None:
    headers = {"traceparent": W3C["traceparent"][:-2] + flag, "tracestate": state}
    assert extract(headers) == Context(TRACE_ID, SPAN_ID, priority)


def test_other_vendors_state_is_passed_on_and_garbage_is_not() -> None:
    state = "dd=s:1, congo=t61rcWkgMzE ,=,bad\r\nx-evil: 1,a=\x7f,ünicode=1,rojo=00f067,"
    context = extract(W3C | {"tracestate": state})
    assert context is not None
    assert context.tracestate == "congo=t61rcWkgMzE,rojo=00f067"
    headers: dict[str, str] = {}
    inject(context, headers)
    assert headers["tracestate"] == f"dd=s:1;p:{SPAN_ID:016x},congo=t61rcWkgMzE,rojo=00f067"


def test_tracestate_does_not_grow() -> None:
    state = ",".join(f"k{n}=v" for n in range(100))
    context = extract(W3C | {"tracestate": state})
    assert context is not None
    headers: dict[str, str] = {}
    inject(context, headers)
    assert len(headers["tracestate"].split(",")) <= 32


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "00",
        W3C["traceparent"].upper(),
        W3C["traceparent"] + "-more",
        "ff" + W3C["traceparent"][2:],
        f"00-{0:032x}-{SPAN_ID:016x}-01",
        f"00-{TRACE_ID:032x}-{0:016x}-01",
        f"00-{TRACE_ID:032x}-{SPAN_ID:016x}-0g",
        f"00-{TRACE_ID:032x}-{SPAN_ID:016x}",
        W3C["traceparent"].replace("0", "٠"),
    ],
)
def test_a_traceparent_that_breaks_the_rules_is_ignored(traceparent: str) -> None:
    assert extract({"traceparent": traceparent}) is None


def test_a_traceparent_of_a_later_version_is_read() -> None:
    later = "01" + W3C["traceparent"][2:] + "-what-the-future-brings"
    assert extract({"traceparent": later}) == Context(TRACE_ID, SPAN_ID, 1)


@pytest.mark.parametrize(
    "trace_id", ["", "0", "-1", "1.5", "0x10", "٣", str(2**64), "1" * 10_000, "1_0"]
)
def test_a_datadog_id_that_breaks_the_rules_is_ignored(trace_id: str) -> None:
    assert extract({**DATADOG, "x-datadog-tags": "", "x-datadog-trace-id": trace_id}) is None


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(), GARBAGE))
@example({"tracestate": "=" * 100_000, **W3C})
def test_no_header_raises_and_what_comes_out_can_be_sent(headers: dict[str, object]) -> None:
    context = extract(headers)  # type: ignore[arg-type]
    if context is not None:
        assert 0 < context.trace_id < 2**128
        assert 0 <= context.span_id < 2**64
        sent: dict[str, str] = {}
        inject(context, sent)
        assert all(value.isascii() and value.isprintable() for value in sent.values())


@pytest.mark.parametrize("headers", [None, 7, ["traceparent"], object()])
def test_not_even_headers_that_are_none(headers: object) -> None:
    assert extract(headers) is None  # type: ignore[arg-type]


def test_nothing_is_injected_without_a_trace() -> None:
    headers: dict[str, str] = {}
    inject(None, headers)
    inject(Context(0, 0), headers)
    assert headers == {}
