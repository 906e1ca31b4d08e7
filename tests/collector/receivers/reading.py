"""Reading what nobody should send."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from collector import limits
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload


def must_be_read_or_refused(read: Callable[[bytes], Payload], body: bytes) -> None:
    """Read a body, or see it refused; what is kept of it is as any span of ours."""
    payload = Payload()
    with suppress(BodyError):
        payload = read(body)
    assert payload.rejected.total() <= payload.spans
    for each in (one for chunk in payload.chunks for one in chunk.spans):
        assert 0 < each.span_id < 2**64
        assert abs(each.start) <= limits.NANOSECONDS
        assert len(each.service) <= limits.NAME_CHARS
        assert all(len(str(value)) <= limits.VALUE_CHARS for value in each.tags.values())
