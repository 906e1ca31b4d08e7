"""Forwarding over TLS: only to a backend whose certificate is valid."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.spans import pairing
from tests.collector.certificate import self_signed
from tests.collector.forward.test_forwarding import FarEnd, forwarding, report, send
from tests.serving import serving
from tests.waiting import wait_until


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


@pytest.fixture
def far_end(certificate: Path) -> Iterator[FarEnd]:
    server = FarEnd()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server


def test_an_unknown_certificate_is_refused(tmp_path: Path, far_end: FarEnd) -> None:
    target = f"zipkin=https://127.0.0.1:{far_end.server_port}"
    with forwarding(tmp_path / "data", target) as first:
        send(first, [pairing(1)])
        wait_until(lambda: "certificate verify failed" in report(first)["problem"])
        assert report(first)["waiting"] == len(pairing(1).spans)
    assert far_end.bodies == []


def test_a_known_one_is_sent_to(
    tmp_path: Path, certificate: Path, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    target = f"zipkin=https://127.0.0.1:{far_end.server_port}"
    with forwarding(tmp_path / "data", target) as first:
        send(first, [pairing(1)])
        wait_until(lambda: report(first)["sent"] == len(pairing(1).spans))
