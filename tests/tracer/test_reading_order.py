"""The order in which the package says to read it is the order of its imports."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import tracer

FOLDER = Path(tracer.__file__).parent


def reading_order() -> list[str]:
    """Return the modules that the package's docstring lists."""
    _, _, text = (tracer.__doc__ or "").partition("no module imports a later one:")
    listed, _, _ = text.partition(".")
    return re.findall(r"`(\w+)`", listed)


def imported_by(module: str) -> set[str]:
    """Return the package's own modules that a module, or one in its folder, imports."""
    files = [FOLDER / f"{module}.py", *(FOLDER / module).glob("*.py")]
    code = "\n".join(file.read_text() for file in files if file.exists())
    names = set(re.findall(r"^\s*from \.\.?(\w+) import", code, re.MULTILINE))
    for several in re.findall(r"^\s*from \.\.? import (.+)", code, re.MULTILINE):
        names |= set(several.split(", "))
    return names - {file.stem for file in (FOLDER / module).glob("*.py")}


def test_no_module_imports_one_that_is_read_later() -> None:
    order = reading_order()
    for position, module in enumerate(order):
        assert imported_by(module) <= set(order[:position]), module


def test_all_modules_are_listed_but_what_tracer_run_starts() -> None:
    files = {file.stem for file in FOLDER.glob("*.py")} | {
        "history",
        "patch",
        "propagation",
        "sampling",
    }
    assert set(reading_order()) == files - {"__init__", "auto", "run"}
    for module in reading_order():
        import_module(f"tracer.{module}")
