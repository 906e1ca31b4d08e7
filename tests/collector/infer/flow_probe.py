"""A real softflowd that watches the ports of one app on the loopback, and nfdump's programs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.waiting import wait_until
from tutor.ports import any_free

ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
PROGRAMS = ("softflowd", "softflowctl", "nfcapd", "nfdump")
DOCUMENT = ROOT / "docs" / "black-box.md"


def documented(program: str) -> str:
    """The command with a program that the document shows."""
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL):
        for line in block.splitlines():
            if re.search(rf"(^|; ){program} ", line):
                return str(line.removesuffix(" &"))
    raise AssertionError(f"{DOCUMENT.name} has no command with {program}")


def require_programs() -> None:
    """Skip the test where one of the programs, or the right to record packets, is missing."""
    if missing := [name for name in PROGRAMS if not shutil.which(name, path=ENVIRONMENT["PATH"])]:
        pytest.skip(f"no {missing[0]} here; on Debian: apt-get install softflowd nfdump")
    if os.geteuid() != 0:
        pytest.skip("only root may record packets")


@contextmanager
def recorded_flows(folder: Path, ports: tuple[int, int]) -> Iterator[Path]:
    """Record the flows of two TCP ports, web's and the taster's, as docs/black-box.md says, while
    the block runs; yield the file that has them as CSV when it has ended."""
    require_programs()
    (folder / "flows").mkdir()
    control, csv = folder / "softflowd.ctl", folder / "flows.csv"
    collector_port, nudge_port = any_free(), any_free()
    web, taster = ports
    here = {
        " 2055": f" {collector_port}",
        ":2055": f":{collector_port}",
        "tcp port 5000 or tcp port 5001": " or ".join(
            (f"tcp port {web}", f"tcp port {taster}", f"udp port {nudge_port}")
        ),
        "-c softflowd.ctl": f"-c {control}",
        "-p softflowd.pid": f"-p {folder}/softflowd.pid",
    }

    def ask(what: str) -> str:
        command = ["softflowctl", "-c", str(control), what]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=ENVIRONMENT
        ).stdout

    def is_nudged() -> bool:
        """Packets come in blocks, each once it is full, and in order: send what fills them, until
        some of that is there."""
        for _ in range(300):
            nudger.sendto(b"x" * 1400, ("127.0.0.1", nudge_port))
        return f":{nudge_port}" in ask("dump-flows")

    with ExitStack() as stack:
        nudger = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        nfcapd = stack.enter_context(_running(documented("nfcapd"), folder, here))
        softflowd = stack.enter_context(_running(documented("softflowd"), folder, here))
        wait_until(lambda: control.exists() and list((folder / "flows").glob("nfcapd.current*")))
        yield csv
        wait_until(is_nudged)
        ask("shutdown")
        softflowd.wait(20)
        nfcapd.terminate()
        nfcapd.wait(20)
    subprocess.run(["sh", "-c", documented("nfdump")], check=True, cwd=folder, env=ENVIRONMENT)


@contextmanager
def _running(
    command: str, folder: Path, here: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in the folder, with other ports and places than in the document."""
    for there, instead in here.items():
        command = command.replace(there, instead)
    process = subprocess.Popen(
        shlex.split(command),
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
