"""Spans: their times, tags, errors, events, and what must never come out of them."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from tracer import Context, InMemoryWriter, Link, Tracer
from tracer.text import MAX_TEXT_CHARS


class Hostile:
    """An object of which every method fails."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]


def test_a_span_has_what_it_was_given(tracer: Tracer, writer: InMemoryWriter) -> None:
    with tracer.trace("beer.query", service="db", resource="select", type="sql") as span:
        span.set_tag("rows", 1)
        span.set_tag("cache.hit", False)
    assert writer.spans == [span]
    assert (span.name, span.service, span.resource, span.type) == (
        "beer.query",
        "db",
        "select",
        "sql",
    )
    assert span.tags == {"rows": 1, "cache.hit": "false"}
    assert span.error == 0


def test_service_and_resource_have_defaults(tracer: Tracer) -> None:
    tracer.configure(service="web")
    with (
        tracer.trace("a") as a,
        tracer.trace("b", service="db") as b,
        tracer.trace("c") as c,
    ):
        pass
    assert (a.service, a.resource) == ("web", "a")
    assert (b.service, c.service) == ("db", "db")


def test_times_are_within_the_parents(tracer: Tracer) -> None:
    before = time.time_ns()
    with tracer.trace("parent") as parent:
        for _ in range(100):
            with tracer.trace("child") as child:
                pass
            assert parent.start <= child.start
    after = time.time_ns()
    assert parent.duration is not None
    assert child.duration is not None
    assert child.start + child.duration <= parent.start + parent.duration
    # The time of day may be set during the test, but hardly by a second.
    assert before - 10**9 <= parent.start <= parent.start + parent.duration <= after + 10**9


def test_the_clock_being_set_does_not_change_durations(tracer: Tracer) -> None:
    with tracer.trace("parent") as parent:
        tracer.configure(clock=lambda: 0)
        with tracer.trace("child") as child:
            pass
    assert child.start >= parent.start
    assert 0 <= child.duration <= parent.duration < 10**10


def test_a_laptop_that_slept_dates_the_next_trace_right(tracer: Tracer) -> None:
    hour = 3600 * 10**9
    later = time.time_ns() + hour
    tracer.configure(clock=lambda: later)
    with tracer.trace("next") as span:
        pass
    assert abs(span.start - later) < 10**9


def test_an_exception_is_recorded_and_passed_on(tracer: Tracer) -> None:
    with pytest.raises(KeyError), tracer.trace("a") as span:
        {}["ipa"]
    assert span.error == 1
    assert span.tags["error.type"] == "KeyError"
    assert span.tags["error.message"] == "'ipa'"
    stack = str(span.tags["error.stack"])
    assert '{}["ipa"]' in stack
    assert stack.endswith("KeyError: 'ipa'")


def test_the_texts_of_chained_exceptions_are_not_recorded(tracer: Tracer) -> None:
    def fail() -> None:
        try:
            raise ValueError("the password is 1234")
        except ValueError as cause:
            raise RuntimeError("no beer") from cause

    with pytest.raises(RuntimeError), tracer.trace("a") as span:
        fail()
    assert "1234" not in str(span.tags)


def test_only_the_reason_of_a_database_error_is_recorded(tracer: Tracer) -> None:
    class DBAPIError(Exception):
        orig = Exception("duplicate key\nDETAIL: Key (name)=(hush) already exists.")

    message = "[parameters: ('hush',)]"
    with pytest.raises(DBAPIError), tracer.trace("a") as span:
        raise DBAPIError(message)
    assert span.tags["error.message"] == "duplicate key"
    assert "hush" not in str(span.tags["error.stack"])


@pytest.mark.parametrize("leave", [GeneratorExit(), SystemExit(0)])
def test_leaving_is_not_failing(tracer: Tracer, leave: BaseException) -> None:
    with pytest.raises(type(leave)), tracer.trace("a") as span:
        raise leave
    assert span.error == 0


def test_only_the_first_finish_counts(tracer: Tracer, writer: InMemoryWriter) -> None:
    span = tracer.trace("a")
    span.finish()
    duration = span.duration
    span.finish()
    with span:
        pass
    assert span.duration == duration
    assert writer.spans == [span]


def test_events_carry_their_moment(tracer: Tracer) -> None:
    with tracer.trace("a") as span:
        span.add_event("retry", {"attempt": 2, "why": ValueError("slow")})
    assert span.events is not None
    (event,) = span.events
    assert event.name == "retry"
    assert event.attributes == {"attempt": 2, "why": "slow"}
    assert span.start <= event.time <= span.start + (span.duration or 0)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1, 1),
        (0.5, 0.5),
        ("ipa", "ipa"),
        (True, "true"),
        (None, "None"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff", "\ufffd"),
        (["a", 1], "['a', 1]"),
        (Hostile(), "<unprintable Hostile>"),
        ([Hostile()], "<unprintable list>"),
    ],
)
def test_tags_take_any_value(tracer: Tracer, value: object, kept: object) -> None:
    with tracer.trace("a") as span:
        span.set_tag("key", value)
    assert span.tags["key"] == kept


def test_a_value_becomes_text_at_once(tracer: Tracer) -> None:
    with tracer.trace("a") as span:
        beers = ["ipa"]
        span.set_tag("beers", beers)
        beers.append("stout")
    assert span.tags["beers"] == "['ipa']"


def test_nothing_that_is_passed_to_a_span_raises(tracer: Tracer) -> None:
    class Sly(int):
        def __int__(self) -> int:
            raise RuntimeError("no")

    class FailingError(Exception):
        @property
        def orig(self) -> None:
            raise RuntimeError("no")

        __str__ = Hostile.__str__

    hostile: Any = Hostile()
    with tracer.trace(hostile, service=hostile, resource=hostile, type=hostile, tags=hostile):
        pass
    with tracer.trace("a", tags=["no", "dict"]) as span:  # type: ignore[arg-type]
        span.set_tag(Hostile(), Sly(3))  # type: ignore[arg-type]
        span.set_tag("x" * 1_000_000, "x" * 1_000_000)
        span.set_tags(7)  # type: ignore[arg-type]
        span.add_event(Hostile(), {Hostile: Hostile()})  # type: ignore[arg-type, dict-item]
        span.add_event("e", Hostile())  # type: ignore[arg-type]
        span.add_link(Hostile())  # type: ignore[arg-type]
        span.set_error(FailingError())
        span.set_error("not an exception")  # type: ignore[arg-type]
    assert span.tags["<unprintable Hostile>"] == 3
    assert len(max(span.tags, key=len)) <= 1_000_000
    assert span.error == 1


def test_links_are_kept(tracer: Tracer) -> None:
    other = Context(2**100, 5)
    with tracer.trace("a") as span:
        span.add_link(other)
    assert span.links == [Link(other, {})]


def test_a_long_error_message_is_cut(tracer: Tracer) -> None:
    with pytest.raises(ValueError, match="x"), tracer.trace("a") as span:
        raise ValueError("x" * 1_000_000)
    assert len(str(span.tags["error.message"])) == MAX_TEXT_CHARS
    assert len(str(span.tags["error.stack"])) == MAX_TEXT_CHARS


def test_not_a_number_is_kept_as_it_is_until_it_is_sent(tracer: Tracer) -> None:
    with tracer.trace("a") as span:
        span.set_tag("key", math.nan)
    assert math.isnan(float(span.tags["key"]))
