"""A real nginx before two collectors, with the configuration of the profile `scale`."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.collector.infer.nginx import AROUND, program
from tests.servers import ROOT
from tests.waiting import wait_until
from tutor.ports import answers, any_free

CONFIGURATION = ROOT / "docker" / "balancer.conf"
NAMES = ("collector:8126", "collector-2:8126")
"""The collectors in the configuration."""


def configuration(port: int, collectors: tuple[int, int]) -> str:
    """Return the profile's configuration for other ports, all of them on this machine."""
    text = CONFIGURATION.read_text("utf-8")
    changes = [("listen 8126;", f"listen 127.0.0.1:{port};")]
    for name, here in zip(NAMES, collectors, strict=True):
        changes.append((f"server {name} ", f"server 127.0.0.1:{here} "))
    for there, here_too in changes:
        assert there in text, f"{CONFIGURATION.name} has no {there!r}"
        text = text.replace(there, here_too)
    return text


@contextmanager
def balancing(folder: Path, collectors: tuple[int, int]) -> Iterator[str]:
    """Run an nginx before the collectors on these ports until the block ends; yield its address."""
    port = any_free()
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, recipe=configuration(port, collectors)))
    errors = folder / "error.log"
    server = subprocess.Popen(
        [program(), "-p", str(folder), "-c", str(file), "-e", str(errors)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port) or server.poll() is not None)
        assert server.poll() is None, errors.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
