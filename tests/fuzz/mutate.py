"""Right values and right bytes in which something, anywhere, is replaced by something else."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


@st.composite
def with_another_value(draw: st.DrawFn, value: Any, others: st.SearchStrategy[Any]) -> Any:
    """Return a copy of the value in which one item of a list or a map is replaced or added."""
    if isinstance(value, dict) and draw(st.integers(0, 4)):
        key = draw(st.sampled_from([*value, "unknown"]))
        return {**value, key: draw(with_another_value(value.get(key), others))}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(value) - 1))
        changed = draw(with_another_value(value[place], others))
        return [*value[:place], changed, *value[place + 1 :]]
    return draw(others)


@st.composite
def with_other_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Return a copy of the data in which some bytes are others, are missing or are added, and which
    may end early."""
    places = st.integers(0, len(data))
    data = data[: draw(st.none() | places)]
    for _ in range(draw(st.integers(1, 3))):
        place, left_out = draw(places), draw(st.integers(0, 4))
        data = data[:place] + draw(st.binary(max_size=5)) + data[place + left_out :]
    return data
