"""What receiver processes and the storing process tell each other, in msgpack."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.sampling.head_rule import HeadRule
from collector.store.prepared import PreparedChunk


class Ready(msgspec.Struct, array_like=True, tag=0):
    """A receiver process takes connections. It says so again about once a second, as long as its
    server's loop turns: else it hangs."""


class Batch(msgspec.Struct, array_like=True, tag=1):
    """What a request brought: to be stored, counted and answered."""

    number: int
    """Of the request, by the receiver process."""
    receiver: str
    """Name of the receiver that its spans are counted under."""
    size: int
    """Bytes as sent."""
    chunks: list[PreparedChunk]
    spans: int
    """Like the following, as in `collector.receivers.payload.Payload`."""
    unsampled: int
    unfinished: int
    impossible_times: int
    rejected: dict[str, int]


class Refused(msgspec.Struct, array_like=True, tag=2):
    """A request of which nothing was kept: to be counted."""

    kind: str
    size: int
    """Bytes as sent."""
    receiver: str


class Answer(msgspec.Struct, array_like=True):
    """What became of a batch."""

    number: int
    """Of its request."""
    problem: str
    """Name of the error that it met; "" if it is on disk."""
    reason: str
    """What that error says."""
    rules: Sequence[HeadRule] | None
    """What clients are told of sampling; None for the same as before."""


Message = Ready | Batch | Refused
"""What a receiver process tells the storing process."""

encode = msgspec.msgpack.Encoder().encode
decode_answer = msgspec.msgpack.Decoder(Answer).decode
decode_message = msgspec.msgpack.Decoder(Message).decode
