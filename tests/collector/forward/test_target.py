"""The setting that says where to send on what is stored."""

from __future__ import annotations

import subprocess
import sys

import pytest

from collector.forward.target import TargetError, targets
from tests.servers import ROOT


def test_each_format_has_its_usual_path() -> None:
    text = "otlp=http://a:4318, zipkin=https://b ,datadog=http://[::1]:8126/,xray=udp://c:2000"
    assert [str(target) for target in targets(text)] == [
        "otlp=http://a:4318/v1/traces",
        "zipkin=https://b:443/api/v2/spans",
        "datadog=http://[::1]:8126/v0.4/traces",
        "xray=udp://c:2000",
    ]


def test_a_path_is_used_as_it_is() -> None:
    assert [str(target) for target in targets("otlp=http://a/otlp/v1/traces")] == [
        "otlp=http://a:80/otlp/v1/traces"
    ]


def test_there_may_be_none() -> None:
    assert targets("") == targets(" , ") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://127.0.0.1:4318", "target 1 is not written FORMAT=ADDRESS, as in otlp=http"),
        ("jaeger=http://127.0.0.1:14268", "'jaeger' is none of otlp, zipkin, datadog, xray"),
        ("otlp=", "target 1 is not written FORMAT=ADDRESS"),
        ("otlp=127.0.0.1:4318", "is no address for otlp: write it like http://127.0.0.1:4318"),
        ("otlp=udp://127.0.0.1:4318", "is no address for otlp"),
        ("xray=http://127.0.0.1:2000", "is no address for xray: write it like udp://127.0.0.1"),
        ("xray=udp://127.0.0.1", "must have a port"),
        ("zipkin=http://a:99999", "the address for zipkin is not valid"),
        ("otlp=http://me:secret@a:4318", "may have a host, a port and a path"),
        ("zipkin=https://a/?key=secret", "put a key into COLLECTOR_FORWARD_ZIPKIN_HEADERS"),
        ("zipkin=https://a,secret", "target 2 is not written FORMAT=ADDRESS"),
        ("https://me:secret@a", "target 1 is not written FORMAT=ADDRESS"),
        ("https://me:secret=@a", "target 1 is not written FORMAT=ADDRESS"),
        ("otlp=me:secret@a:4318", "may have a host, a port and a path"),
        ("zipkin=http://[::1", "the address for zipkin is not valid: its host or port is wrong"),
        ("otlp=http://a/b c", "is no address for otlp: write it like http://127.0.0.1:4318"),
        ("otlp=http://a/é", "is no address for otlp"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(TargetError) as problem:
        targets(text)
    assert reason in str(problem.value)
    assert "secret" not in str(problem.value)


def test_a_key_goes_with_one_target_and_is_not_shown() -> None:
    environment = {"COLLECTOR_FORWARD_OTLP_HEADERS": "api-key=secret%2C1, team = beer"}
    otlp, zipkin = targets("otlp=https://a,zipkin=http://b", environment)
    assert dict(otlp.headers) == {"api-key": "secret,1", "team": "beer"}
    assert not zipkin.headers
    assert "secret" not in str(otlp)
    assert "secret" not in repr(otlp)
    assert otlp.headers.hide("no such key: secret,1") == "no such key: …"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ("secret", "header 1 is not written NAME=VALUE"),
        ("a=b,c d=secret", "header 2 is not written NAME=VALUE"),
        ("api-key=secret%0D%0AHost: b", "the value of api-key has characters that no header"),
        ("Content-Length=1", "Content-Length is set by the collector"),
    ],
)
def test_what_is_wrong_with_headers_is_said_without_them(headers: str, reason: str) -> None:
    with pytest.raises(TargetError) as problem:
        targets("otlp=https://a", {"COLLECTOR_FORWARD_OTLP_HEADERS": headers})
    assert reason in str(problem.value)
    assert "secret" not in str(problem.value)


def test_a_key_reaches_no_second_backend() -> None:
    with pytest.raises(TargetError, match="is for one target"):
        targets("otlp=https://a,otlp=https://b", {"COLLECTOR_FORWARD_OTLP_HEADERS": "key=1"})


@pytest.mark.parametrize("in_environment", [True, False])
def test_the_collector_does_not_start_with_a_wrong_one(in_environment: bool) -> None:
    wrong = "otlp=127.0.0.1"
    command = [sys.executable, "-m", "collector", "--port", "0"]
    done = subprocess.run(
        command if in_environment else [*command, "--forward", wrong],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "COLLECTOR_FORWARD": wrong if in_environment else ""},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 2
    assert "'127.0.0.1' is no address for otlp" in done.stderr
