"""A real nginx in front of web, configured as docs/black-box.md says."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.waiting import wait_until
from tutor.ports import any_free

DOCUMENT = ROOT / "docs" / "black-box.md"
AROUND = """
worker_processes 1;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {recipe}
}}
"""


def program() -> str:
    """The path of nginx; skips the test if there is none."""
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if not found:
        pytest.skip("no nginx here; on Debian: apt-get install nginx-light")
    return found


def recipe() -> str:
    """The configuration in the document."""
    found = re.search(r"```nginx\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found, f"there is no configuration of nginx in {DOCUMENT}"
    return found[1]


@contextmanager
def running_nginx(
    folder: Path, web: str, asked_first: str | None = None
) -> Iterator[tuple[str, Path]]:
    """Run an nginx in front of the web at that address until the block ends; yield its own address
    and its log. `asked_first` is the host and port of another upstream."""
    nginx, port, log = program(), any_free(), folder / "black-box.log"
    text = recipe()
    for there, here in (
        ("/var/log/nginx/black-box.log", str(log)),
        ("127.0.0.1:8000", f"127.0.0.1:{port}"),
        ("http://127.0.0.1:5000", web),
    ):
        assert there in text, f"{DOCUMENT.name} has no {there}"
        text = text.replace(there, here)
    if asked_first:
        upstreams = f"server {asked_first}; server {web.removeprefix('http://')};"
        text = f"upstream localhost {{ {upstreams} }}\n{text.replace(web, 'http://localhost')}"
    configuration = folder / "nginx.conf"
    configuration.write_text(AROUND.format(folder=folder, recipe=text))
    server = subprocess.Popen(
        [nginx, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "error.log")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: (folder / "nginx.pid").exists() or server.poll() is not None)
        assert server.poll() is None, (folder / "error.log").read_text()
        yield f"http://127.0.0.1:{port}", log
    finally:
        server.send_signal(signal.SIGQUIT)  # once all lines are written
        server.wait(10)
