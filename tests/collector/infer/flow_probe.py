"""A real softflowd that watches the ports of one app on the loopback, and nfdump's programs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tutor.ports import any_free

PROGRAMS = ("softflowd", "softflowctl", "nfcapd", "nfdump")
HEADER = "ts,te,sa,sp,da,dp,pr"
FORM = "fmt:%ts,%te,%sa,%sp,%da,%dp,%pr"


def require_programs() -> dict[str, str]:
    """The paths of the programs by name; skips the test where one of them, or the right to record
    packets, is missing."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    found = {name: shutil.which(name, path=path) or "" for name in PROGRAMS}
    if missing := [name for name, program in found.items() if not program]:
        pytest.skip(f"no {missing[0]} here; on Debian: apt-get install softflowd nfdump")
    if os.geteuid() != 0:
        pytest.skip("only root may record packets")
    return found


@contextmanager
def recorded_flows(folder: Path, ports: Sequence[int]) -> Iterator[Path]:
    """Record the flows of these TCP ports while the block runs; yield the file that has them as CSV
    when it has ended."""
    programs = require_programs()
    flows, control = folder / "flows", folder / "softflowd.ctl"
    flows.mkdir()
    collector_port, nudge_port = any_free(), any_free()
    watched = " or ".join(f"tcp port {port}" for port in ports)
    csv = folder / "flows.csv"
    capture = f"nfcapd -w {flows} -b 127.0.0.1 -p {collector_port} -P {folder}/nfcapd.pid"
    probe = (
        f"softflowd -d -i lo -n 127.0.0.1:{collector_port} -v 9 -A milli -m 65536"
        f" -t tcp.fin=1 -t expint=1 -c {control} -p {folder}/softflowd.pid"
    )

    def ask(what: str) -> str:
        command = [programs["softflowctl"], "-c", str(control), what]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def is_nudged() -> bool:
        """Packets come in blocks, each once it is full, and in order: send what fills them, until
        some of that is there."""
        for _ in range(300):
            nudger.sendto(b"x" * 1400, ("127.0.0.1", nudge_port))
        return f":{nudge_port}" in ask("dump-flows")

    with ExitStack() as stack:
        nudger = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        nfcapd = stack.enter_context(_running(programs, capture.split()))
        softflowd = stack.enter_context(
            _running(programs, [*probe.split(), f"{watched} or udp port {nudge_port}"])
        )
        wait_until(lambda: control.exists() and (folder / "nfcapd.pid").exists())
        yield csv
        wait_until(is_nudged)
        ask("shutdown")
        softflowd.wait(20)
        nfcapd.terminate()
        nfcapd.wait(20)
    dump = [programs["nfdump"], "-q", "-R", str(flows), "-o", FORM, "proto tcp"]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    csv.write_text(f"{HEADER}\n{text}")


@contextmanager
def _running(programs: dict[str, str], command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [programs[command[0]], *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
