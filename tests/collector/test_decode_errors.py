"""What cannot be decoded, and the words for it."""

from __future__ import annotations

import msgspec
import pytest

from collector.decode_errors import DECODE_ERRORS, reason_of


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 1_000_000 + b"]" * 1_000_000, "it is nested too deeply"),
        (b"[", "Input data was truncated"),
        (b'"\xff"', "'utf-8' codec can't decode"),
    ],
)
def test_the_words_are_the_same_with_every_python(body: bytes, reason: str) -> None:
    with pytest.raises(DECODE_ERRORS) as caught:
        msgspec.json.decode(body)
    assert reason_of(caught.value).startswith(reason)
