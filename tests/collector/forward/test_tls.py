"""Forwarding over TLS: only to a backend whose certificate is valid."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.spans import pairing
from tests.collector.forward.test_forwarding import FarEnd, forwarding, report, send
from tests.serving import serving
from tests.waiting import wait_until

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(not OPENSSL, reason="openssl makes the certificate")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody has signed but itself, with its key in the same file."""
    file = tmp_path / "certificate.pem"
    options = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    options += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "-", "-out", "-"]
    made = subprocess.run([str(OPENSSL), *options], check=True, capture_output=True, timeout=30)
    file.write_bytes(made.stdout)
    return file


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
