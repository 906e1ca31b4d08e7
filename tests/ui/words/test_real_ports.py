"""Lessons name the ports that the stack has."""

from __future__ import annotations

import pytest

from ui.words.real_ports import real_ports, with_ports

PORTS = {5000: 5007, 8080: 8081}


@pytest.mark.parametrize(
    ("text", "real"),
    [
        ("curl 'localhost:5000/pair/beer?name=ipa'", "curl 'localhost:5007/pair/beer?name=ipa'"),
        ("http://127.0.0.1:8080, UI :8080", "http://127.0.0.1:8081, UI :8081"),
        ("it listens on port 5000, not 6000", "it listens on port 5007, not 6000"),
        ("localhost:50001 took 5000 ms", "localhost:50001 took 5000 ms"),
        (
            "```python\nlocalhost:5000\n```\n:5000 :5000",
            "```python\nlocalhost:5000\n```\n:5000 :5007",
        ),
        ("```console\nlocalhost:5000\n```\n", "```console\nlocalhost:5007\n```\n"),
    ],
)
def test_ports_in_a_text(text: str, real: str) -> None:
    assert with_ports(text, PORTS) == real


@pytest.mark.parametrize(
    ("environment", "web"),
    [
        ({}, 5000),
        ({"WEB_URL": "http://127.0.0.1:5007", "WEB_PORT": "5009"}, 5007),
        ({"WEB_URL": "http://web:5000", "WEB_PORT": "5009"}, 5009),
        ({"WEB_URL": "http://web:5000"}, 5000),
        ({"WEB_URL": "http://localhost:none", "WEB_PORT": "none"}, 5000),
    ],
)
def test_ports_are_said_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], web: int
) -> None:
    for name in ("WEB_URL", "WEB_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert real_ports()[5000] == web
