"""The packages of a lesson: installed once, from its lock, for the learner's services only."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tutor import install as installation
from tutor.course import lesson_packages
from tutor.course.lessons import Course, Step
from tutor.course.session import Session
from tutor.errors import NotReadyError
from tutor.sandbox import apps
from tutor.supervisor import plan

METADATA = "Metadata-Version: 2.1\nName: sommelier\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package with one module."""
    path = tmp_path / "sommelier-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("sommelier.py", "ADVICE = 'the stout'\n")
        file.writestr("sommelier-1.0.dist-info/METADATA", METADATA)
        file.writestr("sommelier-1.0.dist-info/WHEEL", WHEEL)
        file.writestr("sommelier-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packages go."""
    path = tmp_path / "packages"
    monkeypatch.setattr(lesson_packages, "_parent", lambda: path)
    return path


@pytest.fixture
def step(course: Course, wheel: Path, place: Path) -> Step:
    """A lesson that needs that package."""
    step = course.step(2)
    require(step, wheel, hashlib.sha256(wheel.read_bytes()).hexdigest())
    return step


def require(step: Step, wheel: Path, digest: str) -> None:
    text = f"sommelier @ {wheel.as_uri()} --hash=sha256:{digest}\n"
    (step.folder / lesson_packages.LOCK).write_text(text)


def test_they_are_installed_once_and_never_again(
    step: Step, wheel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson_packages.install(step)
    assert "Installed what lesson 2 needs" in capsys.readouterr().out
    folder = lesson_packages.folder(step)
    assert folder
    assert (folder / "sommelier.py").is_file()
    wheel.unlink()
    lesson_packages.install(step)
    assert capsys.readouterr().out == ""


def test_a_lesson_that_needs_none_installs_none(course: Course, place: Path) -> None:
    lesson_packages.install(course.step(1))
    assert lesson_packages.folder(course.step(1)) is None
    assert not place.exists()


def test_a_download_that_fails_says_why_and_what_to_do_and_can_be_tried_again(
    step: Step, wheel: Path, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    whole = (step.folder / lesson_packages.LOCK).read_text()
    (step.folder / lesson_packages.LOCK).write_text(f"sommelier==1.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed_port}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(NotReadyError) as problem:
        lesson_packages.install(step)
    assert "lesson 2 needs some packages of its own, and the packages could not be" in str(
        problem.value
    )
    assert "connect, or point PIP_INDEX_URL at a mirror" in str(problem.value)
    (step.folder / lesson_packages.LOCK).write_text(whole)
    lesson_packages.install(step)


def test_what_is_not_in_the_lock_is_refused(step: Step, wheel: Path) -> None:
    require(step, wheel, "0" * 64)
    with pytest.raises(NotReadyError, match="is not the one in the lock"):
        lesson_packages.install(step)
    folder = lesson_packages.folder(step)
    assert folder
    assert not folder.exists()


def test_what_was_interrupted_or_is_of_an_older_lock_goes(step: Step, place: Path) -> None:
    for name in (f"{step.slug}-old", f"{step.slug}-old.new"):
        (place / name).mkdir(parents=True)
    lesson_packages.install(step)
    folder = lesson_packages.folder(step)
    assert sorted(path for path in place.iterdir() if path.is_dir()) == [folder]


def test_they_come_with_the_beginning_of_the_lesson(step: Step, learner: Path) -> None:
    session = Session()
    session.begin(session.course.step(1))
    folder = lesson_packages.folder(step)
    assert folder
    assert not folder.exists()
    session.begin_anew(session.course.step(2))
    assert folder.exists()


def test_only_the_services_under_study_find_them(
    step: Step, learner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    app = apps.mine(learner)
    lesson_packages.install(step)
    names = [name for name in plan.DEFAULT_PORTS if name not in ("redis", "locust")]
    found = {
        service.name
        for service in plan.services(dict.fromkeys(names, 1), tmp_path, app)
        if advice(service.env["PYTHONPATH"])
    }
    assert found == {"taster", "web"}


def advice(python_path: str) -> str:
    """Return what a program with that PYTHONPATH gets from the package; "" if it finds none."""
    command = [sys.executable, "-c", "import sommelier; print(sommelier.ADVICE)"]
    done = subprocess.run(
        command, env={"PYTHONPATH": python_path}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


@pytest.mark.parametrize("step", Course().steps, ids=str)
def test_a_lock_of_the_course_pins_what_its_requirements_name(step: Step) -> None:
    lock = step.folder / lesson_packages.LOCK
    if not lock.exists():
        return
    text = lock.read_text()
    pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    wanted = (step.folder / "requirements.in").read_text().split()
    assert {name.partition(">=")[0] for name in wanted} <= pinned
    assert "://" not in text


def test_a_lock_of_the_course_goes_with_the_workshops_own() -> None:
    """Services see both, the lesson's first: where both have a package, it is the same."""
    ours = pins(installation.ROOT / "requirements.lock")
    for step in Course().steps:
        theirs = pins(step.folder / lesson_packages.LOCK)
        assert {name: theirs[name] for name in theirs.keys() & ours.keys()} == {
            name: ours[name] for name in theirs.keys() & ours.keys()
        }


def pins(lock: Path) -> dict[str, str]:
    """Return the versions that a lock pins, by the package and the Python that it is for."""
    lines = lock.read_text().splitlines() if lock.exists() else []
    entries = [line.rstrip("\\ ").partition("==") for line in lines if "==" in line.split(";")[0]]
    return {
        name + version.partition(";")[2]: version.partition(";")[0].strip()
        for name, _, version in entries
        if not name.startswith(" ")
    }
