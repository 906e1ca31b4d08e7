"""Random points for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from tracer.history import Point

NAMES = st.one_of(
    st.sampled_from(["web", "taster", "db", "redis.command", "GET", "SELECT 1 FROM beer", ""]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
)


@st.composite
def points(draw: st.DrawFn, max_size: int = 40) -> list[Point]:
    """Points with times in whole microseconds, some without a parent, or with one elsewhere."""
    ids = draw(st.lists(st.integers(1, 2**64 - 1), unique=True, max_size=max_size))
    some_parent = st.one_of(
        st.just(0), st.integers(1, 2**64 - 1), st.sampled_from(ids) if ids else st.just(0)
    )
    return [
        Point(
            span_id,
            draw(some_parent),
            draw(NAMES),
            draw(NAMES),
            draw(NAMES),
            draw(st.one_of(st.integers(0, 10**4), st.integers(0, 2**52))) * 1000,
            draw(st.one_of(st.integers(0, 10**4), st.integers(0, 2**52))) * 1000,
            *(draw(st.booleans()) for _ in range(3)),
        )
        for span_id in ids
    ]
