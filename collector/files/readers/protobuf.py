"""OpenTelemetry's `TracesData` in protobuf, one `ResourceSpans` after the other."""

from __future__ import annotations

from collections.abc import Iterator

from collector.receivers.body import BodyError
from collector.receivers.otlp_protobuf import read_protobuf
from collector.receivers.payload import Payload

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Size of the spans of one resource, OpenTelemetry's `ResourceSpans`."""
_RESOURCE_SPANS = 0x0A
"""The key of field 1 with a length; a `TracesData` has no other."""
_MAX_LENGTH_BYTES = 5


class ProtobufReader:
    """Reads a file that arrives in pieces."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Payload]:
        """Yield the spans of each resource that is complete.

        Raises `BodyError` if the file is no `TracesData`, or a resource has too many spans.
        """
        self._rest += data
        while (end := self._end()) is not None and end <= len(self._rest):
            message = bytes(self._rest[:end])
            del self._rest[:end]
            yield read_protobuf(message)

    def finish(self) -> Iterator[Payload]:
        """Yield nothing. Raises `BodyError` if the file ends within a resource."""
        if self._rest:
            raise BodyError(400, "malformed", "the file ends too early")
        yield from ()

    def _end(self) -> int | None:
        """Return where the message ends that comes next, None if that is not known yet."""
        if self._rest and self._rest[0] != _RESOURCE_SPANS:
            raise BodyError(400, "malformed", "the file is no OpenTelemetry TracesData in protobuf")
        length = 0
        for number, byte in enumerate(self._rest[1 : 1 + _MAX_LENGTH_BYTES]):
            length |= (byte & 0x7F) << 7 * number
            if length > MAX_MESSAGE_BYTES:
                break
            if byte < 0x80:
                return 2 + number + length
        else:
            return None
        message = f"a resource's spans take more than {MAX_MESSAGE_BYTES >> 20} MB"
        raise BodyError(413, "too_large", f"{message}; save fewer to a file")
