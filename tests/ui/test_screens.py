"""How screens are built: none imports another, and views are short."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ui

SCREENS = sorted((Path(ui.__file__).parent / "screens").glob("[!_]*.py"))
MAX_VIEW_LINES = 25


def imported(tree: ast.Module) -> set[str]:
    """Return the full names of everything that a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("screen", SCREENS, ids=lambda path: path.stem)
def test_a_screen_imports_no_screen(screen: Path) -> None:
    names = imported(ast.parse(screen.read_text()))
    assert not [name for name in names if name.startswith("ui.screens")]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda path: path.stem)
def test_a_view_function_fits_into_a_glance(screen: Path) -> None:
    for node in ast.parse(screen.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            lines = (node.end_lineno or 0) - node.decorator_list[0].lineno + 1
            assert lines <= MAX_VIEW_LINES, node.name


def test_there_are_screens_to_look_at() -> None:
    assert len(SCREENS) >= 9
