"""What is written to `data/` is for its owner only, whoever of us writes it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from collector import private_files as collectors
from services import database
from tests.collector.chunks import chunk
from tests.collector.random_spans import v04
from tests.servers import running
from tutor import private_files
from tutor.checks.runner import Result, save_result
from tutor.commands.load import save_html_report
from tutor.cost import record
from tutor.cost.record import Cost
from tutor.course.lessons import Course
from tutor.ports import any_free
from tutor.sandbox import apps
from tutor.supervisor import client, plan
from tutor.supervisor.app import App
from tutor.supervisor.state import StackState

COPIES = (collectors, private_files)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder of somebody with the usual umask: others may read what they write."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    before = os.umask(0o022)
    yield tmp_path / "data"
    os.umask(before)


def lax(folder: Path) -> list[str]:
    """Return the files and folders in `folder`, and itself, that others may read or write."""
    paths = (folder, *folder.rglob("*"))
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in paths if not path.is_symlink()}
    return [f"{mode:o} {path.relative_to(folder)}" for path, mode in modes.items() if mode & 0o077]


def start(app: App, *names: str) -> StackState:
    """Start the processes `names` of the stack."""
    ports = {name: any_free() for name in ("collector", "ui", "web", "taster", "redis")}
    services = [service for service in plan.services(ports, app=app) if service.name in names]
    return client.start(services, None, lambda _: None)


def put_spans(url: str) -> None:
    """Send a trace."""
    headers = {"Content-Type": "application/msgpack"}
    body = v04([chunk(1, 1)])
    requests.put(f"{url}/v0.4/traces", body, headers=headers, timeout=20).raise_for_status()


def test_everything_that_a_stack_and_its_commands_write(data: Path, tmp_path: Path) -> None:
    for name in ("logs/web.log", "traces/lock", "traces/old.broken", "course/cost.json"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).touch()
    app = apps.checkpoint(Course().step(2), data / "logs")
    stack = start(app, "collector", "ui", "web", "taster", "redis")
    try:
        collector, web, ui = (stack.url(name) or "" for name in ("collector", "web", "ui"))
        put_spans(collector)
        requests.get(f"{collector}/api/routes", timeout=20).raise_for_status()
        requests.post(
            f"{collector}/api/runs", json={"began": "1", "state": "running"}, timeout=20
        ).raise_for_status()
        requests.get(f"{web}/pair/beer?name=ipa", timeout=20).raise_for_status()
        save_html_report({"number": 1}, ui)
        save_result(Result(1, "Explore", "mine/", "passed", "2026-11-20T12:00:00", 1.0))
        record.record(Cost(1.0, 100, 650.0, 50.0, 50.5, 0.1, 1100, 9), tmp_path)
        made = {str(path.relative_to(data)) for path in data.rglob("*")}
        assert lax(data) == []
        expected = {"000001.db", "000001.db-wal", "000001.db-shm", "catalog.db-wal"}
        assert made >= {f"traces/{name}" for name in expected}
        assert made >= {f"logs/{name}.log" for name in ("access", "timing", "web", "supervisor")}
        assert made >= {"beer.db", "stack.json", "stack.lock", "runs/1.json", "runs/1.html"}
    finally:
        client.stop(stack)
    assert lax(data) == []


def test_the_learners_folder_keeps_the_learners_umask(data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    step = Course().step(2)
    for path in step.folder.glob("*.py"):
        (mine / path.name).write_bytes(path.read_bytes())
    stack = start(apps.mine(mine), "web")
    try:
        requests.get(f"{stack.url('web')}/pair/beer?name=ipa", timeout=20)
        assert lax(data) == []
        assert (data / "beer.db").exists()
        assert {stat.S_IMODE(path.stat().st_mode) for path in mine.glob("*.log")} == {0o644}
    finally:
        client.stop(stack)


def test_a_collector_by_itself(data: Path) -> None:
    with running("-m", "collector", "--port", "0") as server:
        put_spans(server.url)
        assert lax(data) == []


def test_a_database_somewhere_else_is_the_users_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'mine' / 'beer.db'}")
    database.database_url()
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o755
    monkeypatch.delenv("DATABASE_URL")
    assert database.database_url().database == str(data / "beer.db")
    assert lax(data) == []


@pytest.mark.parametrize("files", COPIES)
def test_what_there_is_is_tightened_as_far_as_that_is_allowed(
    files: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "elsewhere"
    folder = tmp_path / "traces"
    for path in (target, folder / "a" / "1.db", folder / "a" / "2.db", folder / "not ours"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o644)
    (folder / "link").symlink_to(target)
    (folder / "nowhere").symlink_to(tmp_path / "gone")
    chmod = os.chmod

    def only_ours(path: Path, *more: object, **options: object) -> None:
        if path.name == "not ours":
            raise PermissionError(1, "Operation not permitted")
        chmod(path, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "chmod", only_ours)
    for path in (folder, tmp_path / "missing"):
        files.tighten(path)  # type: ignore[attr-defined]
    assert lax(folder) == ["644 not ours"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_data_folder_shared_with_other_things_is_left_as_it_is(data: Path) -> None:
    (data / "logs").mkdir(parents=True)
    (data / "holiday.jpg").touch()
    private_files.tighten_data(data)
    assert lax(data) == ["755 .", "644 holiday.jpg"]
    (data / "holiday.jpg").unlink()
    private_files.tighten_data(data)
    assert lax(data) == []
