"""The viewer as a process: it starts, tells, shows, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from collector.files.writers import own
from collector.model import Chunk, Span
from tests.browser.spans import pairing
from tests.browser.stack import Stack
from tests.servers import ROOT
from tests.trace_viewer.viewers import ANY_PORTS, running, started
from tests.waiting import wait_until
from trace_viewer.data_folder import temporary_folder, user_folder

MAX_BYTES = 100e6
"""What the viewer may take while it waits for traces."""


def test_it_shows_what_is_sent_to_it_and_keeps_it_in_the_users_folder(tmp_path: Path) -> None:
    trace = pairing(1)
    with running(*ANY_PORTS, home=tmp_path) as viewer:
        Stack(viewer.collector, viewer.page).send([trace])
        page = requests.get(f"{viewer.page}/trace/{trace.hex}", timeout=10)
        assert page.status_code == 200
        assert "GET /pair/beer" in page.text
        assert 'href="/course"' not in page.text
        assert viewer.stop() == 0
    with running(*ANY_PORTS, home=tmp_path) as viewer:
        assert requests.get(f"{viewer.page}/trace/{trace.hex}", timeout=10).status_code == 200
        assert f"in {tmp_path}/" in "".join(viewer.lines)


def test_what_it_says_to_type_has_its_own_ports(tmp_path: Path) -> None:
    with running(*ANY_PORTS, "--data", str(tmp_path)) as viewer:
        said = "\n".join(viewer.lines)
        for setting in ("OTEL_EXPORTER_OTLP_ENDPOINT", "DD_TRACE_AGENT_URL", "COLLECTOR_URL"):
            assert f"{setting}={viewer.collector}" in said
        assert (
            f"OTEL_EXPORTER_OTLP_ENDPOINT={viewer.collector}"
            in requests.get(viewer.page, timeout=10).text
        )


def test_it_opens_the_ports_of_other_clients_and_says_which(tmp_path: Path) -> None:
    with running(*ANY_PORTS, "--data", str(tmp_path)) as viewer:
        rows = requests.get(f"{viewer.collector}/api/receivers", timeout=10).json()["receivers"]
        said = "".join(viewer.lines)
    others = [row for row in rows if row["name"] != "datadog"]
    assert len(others) > 6
    for row in others:  # another viewer may have it
        port = f" {row['port']}/udp" if row["protocol"] == "udp" else f" {row['port']}"
        assert port in said if row["open"] else "is taken" in row["problem"]


def test_collector_and_page_together_are_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it is installed: grpcio, which only the tests have, would take 15 MB more.
    (tmp_path / "grpc.py").write_text('raise ImportError("not installed")')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with running(*ANY_PORTS, "--memory") as viewer:
        assert requests.get(viewer.page, timeout=10).status_code == 200
        members = psutil.Process(viewer.process.pid).children()
        assert sum(member.memory_info().rss for member in members) < MAX_BYTES


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_all_that_it_started(number: int) -> None:
    with running(*ANY_PORTS, "--memory") as viewer:
        members = psutil.Process(viewer.process.pid).children(recursive=True)
        assert len(members) == 2
        assert viewer.stop(number) == 0
        assert not [member for member in members if member.is_running()]


def test_its_processes_end_even_if_it_is_killed(tmp_path: Path) -> None:
    with running(*ANY_PORTS, "--data", str(tmp_path)) as viewer:
        members = psutil.Process(viewer.process.pid).children(recursive=True)
        viewer.stop(signal.SIGKILL)
        wait_until(lambda: not any(member.is_running() for member in members))


def test_it_ends_when_one_of_its_processes_does(tmp_path: Path) -> None:
    with running(*ANY_PORTS, "--data", str(tmp_path)) as viewer:
        members = psutil.Process(viewer.process.pid).children()
        collector = next(each for each in members if "collector" in each.cmdline())
        collector.kill()
        assert "the collector has ended (exit code -9)" in viewer.read_until("has ended")
        assert viewer.process.wait(15) == 3
        assert not [member for member in members if member.is_running()]


def test_in_memory_nothing_is_left(tmp_path: Path) -> None:
    with running(*ANY_PORTS, "--memory", home=tmp_path) as viewer:
        collector = next(
            each
            for each in psutil.Process(viewer.process.pid).children()
            if "collector" in each.cmdline()
        )
        folder = Path(collector.cmdline()[collector.cmdline().index("--data") + 1])
        Stack(viewer.collector, viewer.page).send([pairing(1)])
        assert list((folder / "traces").glob("*.db"))
        viewer.stop()
    assert not folder.exists()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_one_has_left_in_memory_is_deleted_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trace_viewer.data_folder.MEMORY", tmp_path)
    monkeypatch.setattr("trace_viewer.data_folder.SETTLED_S", 0)
    left = tmp_path / "trace-viewer-left"
    left.mkdir()
    with temporary_folder() as one, temporary_folder() as other:
        assert sorted(tmp_path.iterdir()) == sorted([one, other])
    assert not list(tmp_path.iterdir())


def test_the_users_folder_is_where_the_platform_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/reader")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "relative, so it does not count")
    assert user_folder() == Path("/home/reader/.local/share/trace-viewer")
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    assert user_folder() == Path("/elsewhere/trace-viewer")
    monkeypatch.setattr("sys.platform", "darwin")
    assert user_folder() == Path("/home/reader/Library/Application Support/trace-viewer")


def test_a_port_asked_for_by_name_is_used_or_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for option in ("--port", "--collector-port"):
            with started(*ANY_PORTS, option, str(port), "--data", str(tmp_path)) as process:
                said, _ = process.communicate(timeout=15)
                assert process.returncode == 3
                assert f"port {port} is taken; choose another one with {option}" in said


def test_where_the_usual_port_is_taken_the_next_free_one_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from trace_viewer import cli

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        chosen = cli._port("127.0.0.1", None, port, "--port")
        assert chosen > port
        assert capsys.readouterr().out == f"Note: port {port} is taken: the page uses {chosen}\n"


def test_two_viewers_do_not_share_a_folder(tmp_path: Path) -> None:
    with running(*ANY_PORTS, "--data", str(tmp_path)):
        with started(*ANY_PORTS, "--data", str(tmp_path)) as process:
            said, _ = process.communicate(timeout=15)
        assert process.returncode == 3
        assert f"another collector stores in {tmp_path}/traces" in said


def test_a_file_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    trace_id = "5b8efff798038103d269b633813fc60c"
    span = Span(1, 0, "web", "read", "read", "", 1_795_174_407_000_000_000, 20)
    file.write_bytes(b"".join(own.write([Chunk(trace_id, [span])])))
    with running(*ANY_PORTS, "--memory", "--no-browser", str(file)) as viewer:
        address = viewer.read_until(f"{file} is at ").rpartition(" ")[2]
        assert address == f"{viewer.page}/trace/{trace_id}"
        assert requests.get(address, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"no traces", "is no file with traces"), (b"[]", "has no spans"), (b"\x1f\x8bno", "not")],
)
def test_a_file_without_traces_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "notes"
    file.write_bytes(content)
    with running(*ANY_PORTS, "--memory", str(file)) as viewer:
        assert reason in viewer.read_until(str(file))
        assert viewer.process.wait(15) == 3


def test_its_name_and_version() -> None:
    command = [sys.executable, "-m", "trace_viewer", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.stdout == "trace-viewer 0.1.0\n"


def test_the_workshop_has_it_too() -> None:
    command = ("./workshop", "viewer")
    with running(*ANY_PORTS, "--memory", command=command) as viewer:
        assert requests.get(f"{viewer.page}/ping", timeout=10).status_code == 200
        assert viewer.stop() == 0
