"""The tracer's settings, its decorator, and how it is disabled."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import pytest

from tracer import HttpWriter, InMemoryWriter, NoopWriter, Tracer


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_URL", "http://collector:1234/")
    monkeypatch.setenv("SERVICE", "web")
    monkeypatch.setenv("VERSION", "step-10")
    monkeypatch.setenv("ENV", "class")
    monkeypatch.setenv("TRACE_SAMPLING", "0.25")
    tracer = Tracer()
    assert isinstance(tracer.writer, HttpWriter)
    assert tracer.writer.url == "http://collector:1234"
    assert (tracer.service, tracer.version, tracer.env) == ("web", "step-10", "class")
    assert tracer.sampler.rate == 0.25


def test_the_collector_defaults_to_port_8126(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLLECTOR_URL", raising=False)
    tracer = Tracer()
    assert isinstance(tracer.writer, HttpWriter)
    assert tracer.writer.url == "http://127.0.0.1:8126"
    tracer.configure(hostname="collector")
    assert isinstance(tracer.writer, HttpWriter)
    assert tracer.writer.url == "http://collector:8126"
    tracer.configure(port=1)
    assert isinstance(tracer.writer, HttpWriter)
    assert tracer.writer.url == "http://127.0.0.1:1"


@pytest.mark.parametrize("setting", ["lots", "2", "-1", "nan"])
def test_an_invalid_rate_in_the_environment_is_logged_and_ignored(
    setting: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRACE_SAMPLING", setting)
    with caplog.at_level(logging.WARNING):
        assert Tracer(NoopWriter()).sampler.rate == 1
    assert "TRACE_SAMPLING" in caplog.text


def test_configure_changes_only_what_is_given(tracer: Tracer, writer: InMemoryWriter) -> None:
    tracer.configure(service="web", version="1", env="class")
    tracer.configure(sampling=1, enabled=True)
    with tracer.trace("root") as root, tracer.trace("child") as child:
        pass
    assert tracer.writer is writer
    assert root.service == "web"
    assert root.tags == {"version": "1", "env": "class"}
    assert child.tags == {}


@pytest.mark.parametrize(
    ("unnamed", "example"),
    [
        (("matchmaker",), "tracer.configure(service='matchmaker')"),
        (("collector", 8126), "tracer.configure(service='collector')"),
        ((8126,), 'tracer.configure(service="web")'),
    ],
)
def test_settings_without_a_name_are_refused_at_once(
    unnamed: tuple[Any, ...], example: str, tracer: Tracer, writer: InMemoryWriter
) -> None:
    with pytest.raises(TypeError, match=re.escape(f"given by name, as in {example}")):
        tracer.configure(*unnamed)
    assert tracer.writer is writer


def test_a_disabled_tracer_does_nothing(tracer: Tracer, writer: InMemoryWriter) -> None:
    tracer.configure(enabled=False)
    with tracer.trace("a") as a, tracer.trace("b"):
        a.set_tag("key", 1)
        assert tracer.current_span() is None
        assert tracer.current_context() is None
    assert writer.spans == []
    assert tracer.flush()


def test_wrap_makes_each_call_a_span(tracer: Tracer, writer: InMemoryWriter) -> None:
    @tracer.wrap(service="db", tags={"kind": "test"})
    def match(beer: str, *, strict: bool) -> str:
        """Find a donut."""
        return f"{beer} {strict}"

    assert match("ipa", strict=True) == "ipa True"
    assert match.__name__ == "match"
    assert match.__doc__ == "Find a donut."
    (span,) = writer.spans
    assert span.name.endswith("match")
    assert (span.service, span.tags) == ("db", {"kind": "test"})


def test_wrap_works_without_parentheses(tracer: Tracer, writer: InMemoryWriter) -> None:
    @tracer.wrap  # type: ignore[arg-type]
    def match() -> int:
        return 1

    assert match() == 1  # type: ignore[call-arg, comparison-overlap]
    assert len(writer.spans) == 1


def test_wrap_measures_a_coroutine_until_its_end(tracer: Tracer, writer: InMemoryWriter) -> None:
    @tracer.wrap("outer")
    async def outer() -> int:
        with tracer.trace("inner"):
            await asyncio.sleep(0)
        return 1

    assert asyncio.run(outer()) == 1
    assert [span.name for span in writer.spans] == ["outer", "inner"]


def test_wrap_records_the_error(tracer: Tracer, writer: InMemoryWriter) -> None:
    @tracer.wrap("fail")
    def fail() -> None:
        raise KeyError("ipa")

    with pytest.raises(KeyError):
        fail()
    assert writer.spans[0].error == 1
