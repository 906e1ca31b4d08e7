"""`./workshop` itself and the installation that it does, in a copy with packages of a few bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.servers import ROOT
from tutor import install

NOT_STARTED = 3
"""The exit code of `./workshop logs` if nothing was started yet: the launcher got that far."""


def make_wheel(folder: Path, name: str) -> str:
    """Put a wheel with an empty module and an empty program into `folder`; return its line in a
    lock."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}/bin/redis-server", "#!/bin/sh\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


class Copy:
    """A copy of the launcher and the tutor, whose locks hold tiny packages in a local folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a copy"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.root.mkdir()
        shutil.copy(ROOT / "workshop", self.root)
        shutil.copytree(ROOT / "tutor", self.root / "tutor")
        self.write_lock("requirements.lock", "beer")
        self.write_lock("redis-server.lock", "bacon")
        self.write_lock("requirements-test.lock", "glaze")
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            "PYTHON": sys.executable,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "DATA_DIR": str(folder / "data"),
        }

    def write_lock(self, lock: str, package: str) -> None:
        (self.root / lock).write_text(make_wheel(self.wheels, package))

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "workshop", *arguments],
            cwd="/",
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **env: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def has(self, package: str) -> bool:
        return bool(list(self.root.glob(f".venv/lib/*/site-packages/{package}.py")))


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def test_first_start_interrupted_then_two_at_once_then_nothing_to_do(copy):
    """One story, because each new .venv takes seconds."""
    interrupted = copy.start("logs")
    unfinished = copy.root / ".venv" / "unfinished"
    while not unfinished.exists() and interrupted.poll() is None:
        time.sleep(0.01)
    os.killpg(interrupted.pid, signal.SIGKILL)
    interrupted.communicate()
    assert not (copy.root / ".venv" / "installed").exists()

    both = [copy.start("logs"), copy.start("logs")]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [NOT_STARTED] * 2, outputs
    assert sum("Installed in" in out for out, _ in outputs) == 1
    assert sum("Another ./workshop is installing" in out for out, _ in outputs) == 1
    assert copy.has("beer")
    assert os.access(copy.root / ".venv" / "redis" / "bin" / "redis-server", os.X_OK)
    assert not copy.has("glaze")
    assert not unfinished.exists()

    code, out, err = copy.run("logs")  # nothing to do
    assert (code, err) == (NOT_STARTED, "")
    assert "Install" not in out

    copy.write_lock("requirements.lock", "donut")  # a changed lock is installed
    code, out, err = copy.run("logs")
    assert "Installed in" in out, err
    assert copy.has("donut")

    copy.run("test", "--help")  # the tests' packages are installed when first needed
    assert copy.has("glaze")

    tracer_run = copy.root / ".venv" / "bin" / "tracer-run"
    (copy.root / "tracer").mkdir()
    (copy.root / "tracer" / "__init__.py").touch()
    (copy.root / "tracer" / "run.py").write_text("def main(): print('traced')\n")
    assert subprocess.run([tracer_run], capture_output=True, cwd="/").stdout == b"traced\n"


def test_help_needs_no_installation(copy):
    code, out, _ = copy.run("--help")
    assert code == 0
    assert "./workshop demo" in out
    assert not (copy.root / ".venv").exists()


def test_the_doctor_comes_before_the_installation(copy):
    _, out, _ = copy.run("doctor")
    assert "not installed yet" in out
    assert not (copy.root / ".venv").exists()


def test_a_link_elsewhere_leads_home(copy, tmp_path):
    (tmp_path / "link").symlink_to("other")
    (tmp_path / "other").symlink_to(copy.root / "workshop")
    done = subprocess.run([tmp_path / "link", "--help"], capture_output=True, env=copy.env)
    assert done.returncode == 0, done.stderr


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_too_old_a_python(copy, tmp_path):
    old = script(tmp_path / "python", '[ "$1" = --version ] && echo Python 3.8.10; exit 1')
    code, _, err = copy.run("demo", PYTHON=old)
    assert code == 3
    assert "needs Python 3.10 or newer, found" in err
    assert "Python 3.8.10" in err
    assert len(err.splitlines()) == 1


def test_a_python_without_venv(copy, tmp_path):
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    code, _, err = copy.run("demo", PYTHONPATH=str(tmp_path))
    assert code == 3
    assert "apt install python3-venv" in err
    assert len(err.splitlines()) == 1


def test_a_package_that_is_not_the_one_in_the_lock(copy):
    lock = copy.root / "requirements.lock"
    lock.write_text(lock.read_text()[:-3] + "00\n")
    code, _, err = copy.run("demo")
    assert code == 3
    assert "not the one in the lock" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("pip_output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError: Failed to establish a new connection", "needs the network"),
        ("No matching distribution found for beer==1.0", "needs the network"),
        ("OSError: [Errno 30] Read-only file system: '/x'", "can't be written to"),
        ("ERROR: Failed building wheel for gevent", "PYTHON=python3.12"),
        ("a poem", None),
    ],
)
def test_each_failure_has_its_fix(pip_output, advice):
    fix = install.fix_for(pip_output)
    assert fix == advice or advice in fix


def test_a_full_disk_is_noticed_before_anything_is_made(monkeypatch, tmp_path):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(install.InstallError, match="only 1 MB free"):
        install.check_prerequisites()


def test_a_read_only_folder_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install.os, "access", lambda *_: False)
    with pytest.raises(install.InstallError, match="can't be written to"):
        install.check_prerequisites()
