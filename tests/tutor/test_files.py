"""`./workshop export` and `import`, with a real collector."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collector.files.formats import TRACE_FORMATS
from tests.servers import ROOT, Server
from tutor import http
from tutor.commands import export
from tutor.commands.import_ import PIECE_BYTES

TRACES = {
    "traces": [
        {
            "trace_id": f"f11e{number:028x}",
            "spans": [
                {"id": "1", "service": "files", "name": "root", "start": "1000", "duration": 9},
                {"id": "2", "parent_id": "1", "name": "leaf", "start": "1001", "duration": 2},
            ],
        }
        for number in range(3)
    ]
}
FILE = json.dumps(TRACES).encode()


class Command:
    """Runs `./workshop` against one collector."""

    def __init__(self, collector: str, folder: Path) -> None:
        self.collector = collector
        self.env = {
            **os.environ,
            "DATA_DIR": str(folder),
            "COLLECTOR_URL": collector,
            "UI_URL": "http://localhost:8080",
            "NO_COLOR": "1",
        }

    def run(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "tutor", *arguments],
            cwd=ROOT,
            env=self.env,
            input=stdin,
            capture_output=True,
            timeout=60,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def workshop(collector_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(collector_server.url, tmp_path_factory.mktemp("data"))


def test_a_file_is_imported_and_exported_again(workshop: Command, tmp_path: Path) -> None:
    (tmp_path / "in.json.gz").write_bytes(gzip.compress(FILE))
    code, out, err = workshop.run("import", str(tmp_path / "in.json.gz"))
    assert (code, err) == (0, "")
    assert out.startswith("Imported 6 spans of 3 traces: http://localhost:8080/?q=")
    output = tmp_path / "out.json"
    code, out, err = workshop.run(
        "export", "--search", "service:files", "--format", "json", "-o", str(output)
    )
    assert (code, out, err) == (0, "", "")
    exported = json.loads(output.read_text())["traces"]
    assert [trace["trace_id"] for trace in exported] == [
        trace["trace_id"] for trace in TRACES["traces"]
    ]
    assert list(tmp_path.glob("*.new")) == []


def test_standard_input_and_output(workshop: Command) -> None:
    code, out, _ = workshop.run("import", "-", stdin=FILE)
    assert (code, "stored before" in out) == (0, True)
    trace_id = TRACES["traces"][0]["trace_id"]
    code, out, err = workshop.run("export", str(trace_id), "--format", "zipkin")
    assert (code, err) == (0, "")
    assert {span["name"] for span in json.loads(out)} == {"root", "leaf"}


def test_a_bound_is_said(workshop: Command) -> None:
    workshop.run("import", "-", stdin=FILE)
    code, out, err = workshop.run("export", "--search", "service:files", "--limit", "1")
    assert code == 0
    assert json.loads(out)
    assert "3 traces match; the file has the newest 1" in err


def test_a_search_that_finds_nothing_is_said(workshop: Command) -> None:
    code, out, err = workshop.run("export", "--search", "service:nobody")
    assert code == 0
    assert json.loads(out) == {"resourceSpans": []}
    assert "no stored trace matches; what is written has none in it" in err


def test_spans_that_cannot_be_read_are_named(workshop: Command) -> None:
    file = FILE.replace(b'"1001"', b'"noon"')
    code, out, err = workshop.run("import", "-", stdin=file)
    assert code == 1
    assert out.startswith("Imported 3 spans of 3 traces")
    assert "3 spans could not be read:" in err
    assert "start is 'noon'" in err


def test_an_import_that_is_interrupted_says_nothing_else(workshop: Command) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tutor", "import", "-"],
        cwd=ROOT,
        env=workshop.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(FILE[:-2] + b" " * 2 * PIECE_BYTES)  # more than a piece has been read
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
        assert process.wait(30) == 130


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "words"),
    [
        (("import", "-"), b"GIF89a", 2, "no file with traces"),
        (("import", "-"), b"\x1f\x8b\x08junk", 2, "not valid gzip"),
        (("import", "nowhere.json"), b"", 2, "there is no file 'nowhere.json'"),
        (("import", "docs"), b"", 2, "'docs' is a folder: name a file in it"),
        (("export", "--search", "", "-o", "nowhere/x"), b"", 2, "there is no folder 'nowhere'"),
        (("export", "--search", "", "-o", "docs"), b"", 2, "'docs' is a folder: name a file in it"),
        (("export",), b"", 2, "say what to export"),
        (("export", "abc", "--search", "x"), b"", 2, "say what to export"),
        (("export", "beer"), b"", 2, "is not a trace id"),
        (("export", "abc", "--format", "pdf"), b"", 2, "invalid choice"),
    ],
)
def test_what_makes_no_sense_is_said(
    workshop: Command, arguments: tuple[str, ...], stdin: bytes, code: int, words: str
) -> None:
    got, _, err = workshop.run(*arguments, stdin=stdin)
    assert got == code
    assert words in err


def test_it_offers_what_the_collector_writes() -> None:
    only_for_get = {"text-unfolded"}
    assert set(export.FORMATS) == TRACE_FORMATS.keys() - only_for_get


def test_without_a_collector_nothing_is_lost(
    closed_port: int, tmp_path: Path, workshop: Command
) -> None:
    output = tmp_path / "kept.json"
    output.write_text("precious")
    alone = Command(f"http://127.0.0.1:{closed_port}", tmp_path)
    assert alone.run("import", "-", stdin=FILE)[0] == 3
    assert alone.run("export", "abc", "-o", str(output))[0] == 3
    assert output.read_text() == "precious"


def test_a_file_larger_than_a_piece(workshop: Command, collector_server: Server) -> None:
    spans = [
        {
            "id": f"{number:x}",
            "service": "large",
            "start": "5",
            "duration": 1,
            "tags": {"x": "y" * 500},
        }
        for number in range(1, 10_001)
    ]
    file = json.dumps({"traces": [{"trace_id": "f11e1a59e", "spans": spans}]}).encode()
    assert len(file) > 5_000_000
    code, out, err = workshop.run("import", "-", stdin=file)
    assert (code, err) == (0, "")
    assert f"http://localhost:8080/trace/{'f11e1a59e':0>32}" in out
    answer = http.get(f"{collector_server.url}/api/trace/f11e1a59e/summary")
    assert answer.json()["spans"] == 10_000
