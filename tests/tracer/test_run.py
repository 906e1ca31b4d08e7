"""`tracer-run`: real programs, traced without knowing it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import ROOT
from tests.tracer.sink import Sink

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NO_SETTINGS = {"PYTHONPATH": "", "PYTHONUNBUFFERED": ""}
"""Settings of Python's own, which a developer may have and a user has not."""

APP = """
import sqlite3, sys
from concurrent.futures import ThreadPoolExecutor
import flask, requests, sqlalchemy

app = flask.Flask("shop")
engine = sqlalchemy.create_engine("sqlite://")

def query():
    with engine.connect() as connection:
        return str(connection.execute(sqlalchemy.text("select 1")).scalar())

@app.get("/price/<beer>")
def price(beer):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(query).result()
"""

MAIN = """
if __name__ == "__main__":
    assert app.test_client().get("/price/ipa").text == "1"
    print(sys.argv[1:])
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in `tmp_path` under a `tracer-run` as pip would install it."""
    script = tmp_path / "bin" / "tracer-run"
    script.parent.mkdir()
    script.write_text(
        f"import sys; sys.path[:0] = {[str(ROOT), sysconfig.get_path('purelib')]!r}\n"
        "from tracer.run import main; main()"
    )

    def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
        own = {"COLLECTOR_URL": "http://127.0.0.1:9", **NO_SETTINGS, **env}
        return subprocess.run(
            [sys.executable, str(script), *command],
            cwd=tmp_path,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_script_is_traced_without_a_change(run: Run, tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "app.py").write_text(APP + MAIN)
    done = run(sys.executable, "app.py", "--flag", COLLECTOR_URL=sink.url, VERSION="7", SERVICE="s")
    assert (done.returncode, done.stdout, done.stderr) == (0, "['--flag']\n", "")
    request, query = sink.spans
    assert (request["name"], request["service"], request["resource"]) == (
        "flask.request",
        "s",
        "GET /price/<beer>",
    )
    assert request["meta"]["version"] == "7"
    assert (query["name"], query["service"], query["resource"]) == (
        "sqlalchemy.query",
        "db",
        "select ?",
    )
    assert query["parent_id"] == request["span_id"]


def test_the_service_defaults_to_the_app(run: Run, tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "app.py").write_text(APP + MAIN)
    run(sys.executable, "app.py", COLLECTOR_URL=sink.url, SERVICE="")
    assert sink.spans[0]["service"] == "shop"


def test_nothing_is_kept_at_rate_0(run: Run, tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "app.py").write_text(APP + MAIN)
    done = run(sys.executable, "app.py", COLLECTOR_URL=sink.url, TRACE_SAMPLING="0")
    assert done.returncode == 0
    assert sink.requests == 0


def test_the_flask_command_is_traced(run: Run, tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "shop.py").write_text(
        APP
        + """
@app.cli.command("order")
def order():
    assert app.test_client().get("/price/ipa").text == "1"
"""
    )
    flask = Path(sys.executable).parent / "flask"
    done = run(str(flask), "--app", "shop", "order", COLLECTOR_URL=sink.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert [span["name"] for span in sink.spans] == ["flask.request", "sqlalchemy.query"]


def test_an_app_that_traces_itself_is_traced_once(run: Run, tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "app.py").write_text(
        "from tracer import TraceMiddleware, patch, tracer\n"
        + APP
        + "patch(sqlalchemy=True)\ntracer.configure(service='own')\nTraceMiddleware(app, tracer)\n"
        + MAIN
    )
    done = run(sys.executable, "app.py", COLLECTOR_URL=sink.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(sink.spans) == 2


def test_the_programs_own_sitecustomize_still_runs(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("print('own')")
    done = run(sys.executable, "-c", "print('program')", PYTHONPATH=str(own))
    assert (done.returncode, done.stdout, done.stderr) == (0, "own\nown\nprogram\n", "")
    # The first one comes from tracer-run, which is a Python program itself.


def test_this_repository_does_not_hide_the_programs_modules(run: Run) -> None:
    done = run(sys.executable, "-c", "import sys; print(sys.path)")
    assert f"'{ROOT}'" not in done.stdout
    assert run(sys.executable, "-c", "import collector").returncode == 1


def test_if_tracing_cannot_work_the_program_still_runs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "msgspec.py").write_text("raise ImportError('no msgspec here')")
    done = run(sys.executable, "-c", "print('ran')", PYTHONPATH=str(tmp_path / "other"))
    assert done.stdout == "ran\n"
    assert done.stderr == "tracer-run: tracing is off: no msgspec here\n"


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ([], 2, "no command given"),
        (["--frobnicate"], 2, "unknown option --frobnicate"),
        (["no-such-program"], 127, "there is no program called 'no-such-program'"),
        (["app.py"], 127, "Did you mean `tracer-run python app.py`?"),
        (["./app.py"], 126, "Did you mean `tracer-run python ./app.py`?"),
    ],
)
def test_mistakes_are_explained(
    command: list[str], status: int, words: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(APP)
    done = run(*command)
    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_help(run: Run) -> None:
    for flag in ("-h", "--help"):
        done = run(flag)
        assert done.returncode == 0
        assert "tracer-run python app.py" in done.stdout


def test_the_programs_status_is_its_own(run: Run) -> None:
    assert run(sys.executable, "-c", "raise SystemExit(5)").returncode == 5
