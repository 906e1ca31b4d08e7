"""What a call of OTLP over gRPC is answered: the same as a request over HTTP, in gRPC's terms."""

from __future__ import annotations

from collector import limits
from collector.http.intake.intake import Intake, NotTakenError
from collector.http.intake.otlp import CODES, INVALID_ARGUMENT, partial_success
from collector.listeners.grpc_server import GrpcAnswer
from collector.log import say_bug
from collector.receivers.body import decompress
from collector.receivers.otlp_protobuf import read_protobuf
from collector.receivers.payload import Payload
from collector.receivers.protobuf import bytes_field, number_field

INTERNAL = 13
GZIP_BEGINS = b"\x1f\x8b"
"""No message of protobuf begins like this: the first byte would be a tag that says no way of
writing."""
RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"
MAX_MESSAGE_CHARS = 2_000
"""A status is sent as a header, for which clients have little room."""


class GrpcIntake:
    """Answers calls of OTLP over gRPC."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def answer(self, message: bytes) -> GrpcAnswer:
        """Store the spans in a message, which may be compressed with gzip; return the answer."""
        try:
            payload = self._intake.take(lambda: _read(message), len(message))
        except NotTakenError as problem:
            code = CODES.get(problem.status, INVALID_ARGUMENT)
            return _refusal(code, str(problem)[:MAX_MESSAGE_CHARS], problem.retry_after)
        except Exception as bug:
            say_bug("OTLP over gRPC failed", bug)
            return GrpcAnswer(code=INTERNAL, message="a bug in the collector; see its log")
        return GrpcAnswer(partial_success(payload))


def _read(message: bytes) -> Payload:
    encoding = "gzip" if message.startswith(GZIP_BEGINS) else ""
    return read_protobuf(decompress(message, encoding, limits.DECOMPRESSED_BYTES))


def _refusal(code: int, message: str, retry_after: int | None) -> GrpcAnswer:
    """Return a status that is not OK, with the seconds after which to try again, if that is of
    use."""
    if retry_after is None:
        return GrpcAnswer(code=code, message=message)
    retry_info = bytes_field(1, number_field(1, retry_after))
    detail = bytes_field(1, RETRY_INFO) + bytes_field(2, retry_info)
    status = number_field(1, code) + bytes_field(2, message) + bytes_field(3, detail)
    trailers = (
        ("grpc-status-details-bin", status),
        ("google.rpc.retryinfo-bin", retry_info),  # where OpenTelemetry for Python looks
    )
    return GrpcAnswer(code=code, message=message, trailers=trailers)
