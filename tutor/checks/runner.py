"""Running a lesson's check, and what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from tutor import private_files
from tutor.checks.probe import Probe
from tutor.course.lessons import Course, Step
from tutor.errors import Exit, NotReadyError
from tutor.failure import CheckFailed
from tutor.paths import data_dir
from tutor.sandbox.target import Target

EXIT_CODES = {"passed": Exit.GOOD, "failed": Exit.CHECK_FAILED, "not ready": Exit.NOT_READY}


@dataclass(frozen=True)
class Result:
    """How a check ended: `outcome` is `passed`, `failed` (then `expected`, `seen` and the rest are
    those of `CheckFailed`) or `not ready` (then `problem` says what is missing)."""

    lesson: int
    title: str
    code: str
    """What was checked, `mine/`."""
    outcome: str
    when: str
    """Local time, `2026-11-20T12:00:00`."""
    seconds: float
    expected: str = ""
    seen: str = ""
    look: str = ""
    trace: str = ""
    detail: str = ""
    problem: str = ""
    notes: dict[str, str] = field(default_factory=dict)
    """What was measured, each by a word for it."""

    @property
    def passed(self) -> bool:
        """Whether the lesson is done."""
        return self.outcome == "passed"

    @property
    def exit_code(self) -> Exit:
        """The exit code of `./workshop check`."""
        return EXIT_CODES[self.outcome]


def check(step: Step, find_target: Callable[[], Target], course: Course) -> Result:
    """Run the check of `step` on the target that `find_target` returns, and return the result.

    `find_target` may raise `CheckFailed` and `NotReadyError`: both make a result as well.
    """
    start = time.monotonic()
    fields: dict[str, Any] = {"code": "mine/"}
    try:
        target = find_target()
        fields["code"] = target.name
        app = Probe(target, course)
        fields["notes"] = app.notes
        app.must_run()
        run(step, app)
        fields["outcome"] = "passed"
    except CheckFailed as failure:
        fields |= {"outcome": "failed", **vars(failure)}
    except NotReadyError as problem:
        fields |= {"outcome": "not ready", "problem": str(problem)}
    return Result(
        lesson=step.number,
        title=step.title,
        when=time.strftime("%Y-%m-%dT%H:%M:%S"),
        seconds=round(time.monotonic() - start, 2),
        **fields,
    )


def run(step: Step, app: Probe) -> None:
    """Run the check of `step` on `app`. An answer so odd that the check stumbles over it counts as
    wrong, too.

    Raises `CheckFailed` if the lesson is not done, `NotReadyError` if that can't be found out.
    """
    module = load(step.folder / "check.py")
    try:
        module.check(app)
    except (CheckFailed, NotReadyError):
        raise
    except Exception as problem:
        place = _where(problem, module)
        raise CheckFailed(
            "answers and traces that the check can read",
            f"{type(problem).__name__}: {problem}",
            place,
        ) from problem


def load(path: Path) -> ModuleType:
    """Import the `check.py` at `path`. Raises `NotReadyError` if there is none."""
    if not path.is_file():
        raise NotReadyError(f"this lesson has no check: {path} is missing")
    loader = SourceFileLoader(f"check_{path.parent.name}", str(path))
    spec = spec_from_loader(loader.name, loader)
    assert spec  # noqa: S101 (this loader always finds its file)
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def last_check_file() -> Path:
    """Return the file that keeps the last result, for the UI's Course screen."""
    return data_dir() / "course" / "last-check.json"


def save_result(result: Result) -> None:
    """Keep `result` as the last one, in `last_check_file()`."""
    path = last_check_file()
    private_files.make_folder(path.parent)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n"
    private_files.replace(path, text.encode("utf-8"))


def _where(problem: Exception, module: ModuleType) -> str:
    """Return the innermost line of the check in the traceback, `…/check.py:12`."""
    line, trace = 0, problem.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == module.__file__:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{module.__file__}:{line}"
