"""OTLP over gRPC, of a real collector; bytes nobody should send are answered in gRPC's terms."""

from __future__ import annotations

import errno
import shlex
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector import limits
from collector.http.app import Collector
from collector.http.intake.otlp_grpc import GrpcIntake
from collector.listeners.grpc_server import GrpcAnswer, GrpcListener
from collector.listeners.ports import RECEIVERS
from collector.store.group_commit import BusyError, CannotWriteError
from collector.store.sqlite import Store
from tests.collector.listeners.test_open_ports import get, receivers
from tests.collector.random_otlp import request_message
from tests.collector.receivers.test_otlp import group, span
from tests.servers import Server, running
from tests.waiting import wait_until

TIMEOUT_S = 20.0
METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
RECEIVER = next(receiver for receiver in RECEIVERS if receiver.name == "otlp-grpc")
Call = Callable[..., bytes]
GZIP = grpc.Compression.Gzip


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open, each on any that is free."""
    data = str(tmp_path_factory.mktemp("data"))
    with running("-m", "collector", "--port", "0", "--open", "any", "--data", data) as server:
        yield server


@pytest.fixture(scope="module")
def call(collector: Server) -> Iterator[Call]:
    """What calls the collector's method with bytes, and returns bytes."""
    port = receivers(collector)["otlp-grpc"]["port"]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        method = channel.unary_unary(METHOD)
        yield lambda body, **options: method(body, timeout=TIMEOUT_S, **options)


def body(number: int, *spans: dict[str, object]) -> bytes:
    """Return a request with a span of the trace of this number, and others."""
    first = span(trace_id=number.to_bytes(16, "big"))
    return bytes(request_message([group(first, *spans)]).SerializeToString())


@pytest.mark.parametrize("compression", [None, GZIP])
def test_a_span_is_stored_and_counted(collector: Server, call: Call, compression: object) -> None:
    before = receivers(collector)["otlp-grpc"]["spans"]
    number = 1 if compression else 2
    assert call(body(number), compression=compression) == b""
    assert get(f"{collector.url}/api/trace/{number:032x}")["spans"] == 1
    assert receivers(collector)["otlp-grpc"]["spans"] == before + 1


def test_what_is_rejected_is_a_partial_success(call: Call) -> None:
    answer = call(body(3, span(trace_id=b""), span(span_id=b"")))
    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    assert partial.rejected_spans == 2
    assert partial.error_message == (
        "resource 0, scope 0, span 1: it has no trace_id; "
        "resource 0, scope 0, span 2: it has no span_id"
    )


@pytest.mark.parametrize(
    ("sent", "compression", "code", "problem"),
    [
        (b"\x0a\x05abc", None, "INVALID_ARGUMENT", "not a protobuf message: it ends too early"),
        (b"\x1f\x8bhello", None, "INVALID_ARGUMENT", "not valid gzip"),
        (b"\x0a\0" * 200_001, None, "INVALID_ARGUMENT", "200,000 groups"),
        (bytes(limits.BODY_BYTES + 1), None, "RESOURCE_EXHAUSTED", "16777216"),
        (bytes(70 << 20), GZIP, "INVALID_ARGUMENT", "67,108,864 bytes once decompressed"),
        (body(4), grpc.Compression.Deflate, "UNIMPLEMENTED", "deflate"),
    ],
)
def test_a_message_that_cannot_be_read(
    call: Call, sent: bytes, compression: object, code: str, problem: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        call(sent, compression=compression)
    assert (refused.value.code().name, problem in refused.value.details()) == (code, True)
    assert call(body(5)) == b""


def test_another_method_is_not_implemented(collector: Server) -> None:
    port = receivers(collector)["otlp-grpc"]["port"]
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    with channel, pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary(METHOD.replace("trace", "logs"))(b"", timeout=TIMEOUT_S)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_bytes_that_are_no_grpc_cost_nobody_else(collector: Server, call: Call) -> None:
    port = receivers(collector)["otlp-grpc"]["port"]
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 99):
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as stranger:
            stranger.sendall(noise)
    assert call(body(6)) == b""


@settings(max_examples=60)
@given(st.binary(max_size=60), st.sampled_from([None, GZIP]))
def test_no_bytes_whatsoever_are_its_own_fault(
    call: Call, sent: bytes, compression: object
) -> None:
    code = grpc.StatusCode.OK
    try:
        call(sent, compression=compression)
    except grpc.RpcError as refused:
        code = refused.code()
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT)


@pytest.mark.parametrize(
    ("problem", "code", "seconds"),
    [
        (BusyError(), "RESOURCE_EXHAUSTED", 1),
        (CannotWriteError("the disk is full"), "UNAVAILABLE", 5),
    ],
)
def test_who_comes_when_there_is_no_room_is_told_when_to_come_back(
    store: Store, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: str, seconds: int
) -> None:
    def add(chunks: object) -> None:
        raise problem

    collector = Collector(store)
    monkeypatch.setattr(store, "add", add)
    answer = GrpcIntake(collector.intake("otlp-grpc")).answer
    listener = GrpcListener(RECEIVER, "127.0.0.1", 0, answer)
    listener.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{listener.port}")
    with channel, pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary(METHOD)(body(7), timeout=TIMEOUT_S)
    listener.stop()
    collector.live.close()
    assert refused.value.code().name == code
    trailers = dict(refused.value.trailing_metadata())
    status = Status.FromString(trailers["grpc-status-details-bin"])
    info = RetryInfo()
    assert status.details[0].Unpack(info)
    assert (status.code, info.retry_delay.seconds) == (refused.value.code().value[0], seconds)
    assert RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"]) == info


def test_a_bug_is_told_in_the_log_and_answered(capsys: pytest.CaptureFixture[str]) -> None:
    answer = GrpcIntake(None).answer(b"")  # type: ignore[arg-type]
    assert (answer.code, answer.message) == (13, "a bug in the collector; see its log")
    assert "OTLP over gRPC failed: AttributeError" in capsys.readouterr().err


def test_a_call_that_has_begun_is_answered_at_the_end(tmp_path: Path) -> None:
    """The collector is told to stop while a call is on its way: it is stored and answered."""
    command = ("-m", "collector", "--port", "0", "--open", "any", "--data", str(tmp_path))
    with running(*command) as server:
        port = receivers(server)["otlp-grpc"]["port"]
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            calls = [channel.unary_unary(METHOD).future(body(n), timeout=TIMEOUT_S) for n in (8, 9)]
            assert calls[0].result() == b""
            server.process.terminate()
            assert calls[1].result() == b""
        assert server.process.wait(TIMEOUT_S) == 0
    assert "Traceback" not in "".join(server.log)


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(OSError, match="in use") as taken:
            GrpcListener(RECEIVER, "127.0.0.1", port, lambda message: GrpcAnswer())
    assert taken.value.errno == errno.EADDRINUSE


def test_without_grpcio_the_port_is_not_open_and_it_says_so(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['grpc'] = None;"
        "from collector.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ("-c", program, "--port", "0", "--open", "any", "--data", str(tmp_path))
    with running(*command) as server:
        found = receivers(server)
        row = found.pop("otlp-grpc")
        failures = get(f"{server.url}/stats")["ports_not_open"]
        wait_until(lambda: any("grpcio" in line for line in server.log))
    assert (row["open"], row["port"]) == (False, 4317)
    assert row["problem"] == (
        "port 4317 for OpenTelemetry by gRPC needs grpcio, which is not installed here: run"
        f" `{shlex.quote(sys.executable)} -m pip install grpcio`, or send by HTTP"
    )
    assert failures == [row["problem"]]
    assert any(row["problem"] in line for line in server.log)
    assert all(other["open"] for other in found.values())
