"""Locust as a process that is watched; a program that behaves like it takes its place here."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tutor.child_process import running
from tutor.errors import NotReadyError, UsageError
from tutor.load import locust

PROGRAM = """
import json, pathlib, signal, sys, time
path = pathlib.Path(sys.argv[sys.argv.index("--record") + 1])
def keep(**run):
    path.with_suffix(".new").write_text(json.dumps(run))
    path.with_suffix(".new").replace(path)
"""


@pytest.fixture
def behaves(monkeypatch, tmp_path):
    """Return a function that makes a program of the given lines run in place of Locust."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return lambda lines: monkeypatch.setattr(locust, "LOCUST", ("-c", PROGRAM + lines))


def test_the_run_is_reported_while_it_goes_on_and_at_the_end(behaves):
    behaves("keep(second=1); time.sleep(0.7); keep(second=2)")
    seconds = []
    record, interrupted = locust.run([], {}, progress=lambda run: seconds.append(run["second"]))
    assert (record, interrupted) == ({"second": 2}, False)
    assert 1 in seconds


def test_it_gets_the_others_addresses_and_the_number_of_processes(behaves):
    behaves("import os; keep(web=os.environ['WEB_URL'], options=sys.argv)")
    record, _ = locust.run(["--users", "3"], {"WEB_URL": "http://there"}, workers=4)
    assert record["web"] == "http://there"
    options = " ".join(record["options"])
    assert "--users 3" in options
    assert "--processes 4" in options
    assert "--master-bind-host 127.0.0.1" in options


def test_what_it_refuses_is_a_usage_error(behaves):
    behaves("print('loadtest: example.com is another machine', file=sys.stderr); sys.exit(2)")
    with pytest.raises(UsageError, match=r"^example\.com is another machine$"):
        locust.run([], {})


def test_what_it_says_before_anybody_looks_is_not_missed(behaves, monkeypatch):
    @contextmanager
    def ended(*arguments, **options):
        with running(*arguments, **options) as process:
            process.wait()
            yield process

    monkeypatch.setattr(locust, "running", ended)
    behaves("print('no gevent here', flush=True); sys.exit(1)")
    with pytest.raises(NotReadyError, match="no gevent here"):
        locust.run([], {})


def test_if_it_does_not_run_it_says_why(behaves):
    behaves("print('no gevent here'); sys.exit(1)")
    with pytest.raises(NotReadyError, match="no gevent here"):
        locust.run([], {})


def test_ctrl_c_reaches_it_once_and_its_last_record_is_read(behaves):
    behaves(
        "seen = []\n"
        "signal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
        "keep(ready=True)\n"
        "while not seen: time.sleep(0.02)\n"
        "time.sleep(0.3)\n"
        "keep(interrupts=len(seen))\n"
    )

    def interrupt(run: object) -> None:
        if not sent:
            sent.append(run)
            os.kill(os.getpid(), signal.SIGINT)

    sent: list[object] = []
    assert locust.run([], {}, progress=interrupt) == ({"interrupts": 1}, True)


def test_a_second_ctrl_c_ends_it_at_once(behaves):
    behaves(
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nkeep(ready=True)\nwhile True: time.sleep(9)"
    )
    sent: list[float] = []

    def interrupt(run: object) -> None:
        if not sent or time.monotonic() - sent[-1] > 0.3:
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGTERM if len(sent) == 1 else signal.SIGINT)

    assert locust.run([], {}, progress=interrupt) == ({"ready": True}, True)


@pytest.mark.parametrize("record", ["", "keep(second=1); "])
def test_one_that_does_not_end_at_ctrl_c_is_killed(record, behaves, monkeypatch, tmp_path):
    """Locust never ends if Ctrl-C meets it while it is starting."""
    monkeypatch.setattr(locust, "END_TIMEOUT_S", 0.5)
    ready = tmp_path / "ready"
    behaves(
        f"import os; {record}signal.signal(signal.SIGINT, signal.SIG_IGN);"
        f" pathlib.Path({str(ready)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )

    def interrupt() -> None:
        while not ready.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    if record:
        assert locust.run([], {}) == ({"second": 1}, True)
    else:
        with pytest.raises(KeyboardInterrupt):
            locust.run([], {})
    assert state(int(ready.read_text())) == "Z"


def test_nothing_goes_on_when_watching_fails(behaves, tmp_path: Path):
    behaves("import os; keep(pid=os.getpid()); time.sleep(60)")
    seen: list[int] = []

    def fail(run: locust.Record) -> None:
        seen.append(run["pid"])
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        locust.run([], {}, progress=fail)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{seen[0]}").exists() and "Z" not in state(seen[0]):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def state(pid: int) -> str:
    """The state of a process, as Linux writes it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
