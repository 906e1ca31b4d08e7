"""A certificate for TLS on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def self_signed(folder: Path) -> Path:
    """A new certificate that nobody has signed but itself, with its key in the same file; skips the
    test if it cannot be made."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl here, which makes the certificate")
    file = folder / "certificate.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    options += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "-", "-out", "-"]
    made = subprocess.run([openssl, "req", *options], check=True, capture_output=True, timeout=30)
    file.write_bytes(made.stdout)
    return file
