"""`./workshop audit` against a real collector, and the real app's planted intruder."""

from __future__ import annotations

import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.spans import Trace, pairing
from tests.browser.stack import Stack
from tests.dials import turned
from tests.servers import ROOT, Server, running
from tests.services.pair import running_pair
from tests.waiting import wait_until
from tutor.audit.collector_audit import Audit
from tutor.cli import parser
from tutor.commands import audit
from tutor.errors import Exit, NotReadyError, UsageError

RULES = str(ROOT / "services" / "audit.rules")


def options(*arguments: str) -> Namespace:
    return parser("audit", audit).parse(list(arguments))


def menu(seed: int) -> Trace:
    """Return the trace of a menu whose proofreader goes to the taster."""
    trace = Trace(seed)
    web = trace.span(None, "web", "flask.request", 0, 9, tags={"span.kind": "server"})
    printer = trace.span(web, "menu-printer", "menu.proofread", 1, 7)
    trace.span(printer, "taster", "flask.request", 2, 5, tags={"span.kind": "server"})
    return trace


@pytest.fixture(scope="module")
def collectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Two collectors: one where all is well, and one with an intruder."""
    arguments = ("-m", "collector", "--port", "0", "--audit", RULES, "--data")
    folders = [str(tmp_path_factory.mktemp(name)) for name in ("clean", "broken")]
    with running(*arguments, folders[0]) as clean, running(*arguments, folders[1]) as broken:
        Stack(clean.url, "").send(map(pairing, range(20)))
        Stack(broken.url, "").send([pairing(1), *map(menu, range(100, 107))])
        yield {"clean": clean, "broken": broken}


@pytest.fixture
def here(
    request: pytest.FixtureRequest,
    collectors: dict[str, Server],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The address of the collector that a test names."""
    url = collectors[request.param].url
    monkeypatch.setattr(audit, "own_address", lambda name: url)
    monkeypatch.setattr(audit, "tell_if_abandoned", lambda: None)
    monkeypatch.setattr(audit, "SETTLE_S", 0.0)
    monkeypatch.setattr(audit, "address", lambda name: "http://ui.test")
    return url


@pytest.mark.parametrize("here", ["clean"], indirect=True)
def test_it_is_content_with_the_app(here: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.run(options()) == Exit.GOOD
    text = capsys.readouterr().out
    assert "✓ only web may call taster" in text
    assert "20 traces with" in text


@pytest.mark.parametrize("here", ["broken"], indirect=True)
@pytest.mark.parametrize("arguments", [(), ("--rules", RULES)])
def test_it_names_who_broke_a_rule_and_where_to_see_it(
    here: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.run(options(*arguments)) == Exit.CHECK_FAILED
    text = capsys.readouterr().out
    assert "✗ only web may call taster" in text
    assert text.count("menu-printer → taster") == 5
    assert "and 2 more" in text
    assert f"http://ui.test/trace/{menu(106).hex}?span=" in text


@pytest.mark.parametrize("here", ["broken"], indirect=True)
def test_what_it_learns_holds(
    here: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.run(options("--learn")) == Exit.GOOD
    assert "only menu-printer, web may call taster" in capsys.readouterr().out
    file = tmp_path / "my.rules"
    assert audit.run(options("--learn", str(file))) == Exit.GOOD
    assert audit.run(options("--rules", str(file))) == Exit.GOOD
    with pytest.raises(UsageError, match="exists; give another name"):
        audit.run(options("--learn", str(file)))


@pytest.mark.parametrize("here", ["clean"], indirect=True)
@pytest.mark.parametrize(
    ("content", "message"),
    [("only web may", "line 1: "), ("# none", "no rules in that file"), (None, "my.rules")],
)
def test_a_file_without_rules(here: str, tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "my.rules"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UsageError, match=message):
        audit.run(options("--rules", str(file)))


def test_a_collector_without_rules_or_calls_says_what_to_do(tmp_path: Path) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as collector:
        with pytest.raises(NotReadyError, match=r"curl -T services/audit\.rules http"):
            Audit(collector.url).finished()
        with pytest.raises(NotReadyError, match="nothing to learn from"):
            audit.learn(Audit(collector.url), "-")


def test_without_a_collector_it_exits_with_3(free_port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tutor", "audit"],
        cwd=ROOT,
        env={"COLLECTOR_URL": f"http://127.0.0.1:{free_port}", "DATA_DIR": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == Exit.NOT_READY
    assert "Traceback" not in done.stderr


def test_the_apps_intruder_is_seen_as_it_comes(tmp_path: Path, redis_url: str) -> None:
    data = str(tmp_path / "traces")
    with (
        running("-m", "collector", "--port", "0", "--data", data, "--audit", RULES) as collector,
        running_pair(tmp_path, redis_url, COLLECTOR_URL=collector.url) as pair,
    ):
        pair.get("/pair/beer?name=ipa")
        pair.get("/menu")
        found = Audit(collector.url)
        wait_until(lambda: found.now()["checked"]["traces"] >= 2)
        assert not found.now()["violations"], "the app keeps to its rules"
        with turned([pair.web.url], {"INTRUDER": 1}), watching(collector.url) as watcher:
            pair.get("/menu")
            assert watcher.stdout
            lines = [watcher.stdout.readline() for _ in range(2)]
            watcher.send_signal(signal.SIGINT)
            assert watcher.wait(30) == Exit.CHECK_FAILED
        text = "".join(lines)
        assert "menu-printer → taster" in text
        assert "somebody outside → taster" in text
        assert found.now()["from_outside"] == 1


@contextmanager
def watching(collector: str) -> Iterator[subprocess.Popen[str]]:
    """Run `./workshop audit --watch` until the block ends, from when it says that it watches."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "tutor", "audit", "--watch"],
        cwd=ROOT,
        env={"COLLECTOR_URL": collector, "DATA_DIR": "/nonexistent", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as watcher:
        try:
            assert watcher.stdout
            assert "Ctrl-C" in watcher.stdout.readline()
            yield watcher
        finally:
            watcher.kill()
