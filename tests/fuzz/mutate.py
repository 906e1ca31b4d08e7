"""Right values in which one thing, anywhere, is replaced by another."""

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
