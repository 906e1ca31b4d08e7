"""The numbers that the code gives a name: dials, constants of a step's code and of its check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tutor.course.lessons import Step
from tutor.paths import ROOT

DIALS = ROOT / "services" / "dials.py"
NAME = r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|ATTEMPTS|PALATES"
EXPRESSION = re.compile(rf"(?:{NAME})(?: [-+*/] (?:{NAME}|[\d.]+))*")
"""What stands in `<!-- given: … -->` if it is a name, or calculated from some."""

UNITS = {"_MS": " ms", "_S": " s"}
"""The unit of a number whose name ends like that; all others have none, as a ratio."""


def as_output(step: Step) -> Mapping[str, str]:
    """Return a line with the number of each constant, `TASTE_MS 25 ms`, as a command might print
    it; dials stand at their defaults."""
    files = [DIALS, *sorted(step.folder.glob("*.py"))]
    return {
        name: f"{name} {value:.15g}{UNITS.get('_' + name.rpartition('_')[2], '×')}"
        for path in files
        for name, value in constants(path)
    }


def constants(path: Path) -> Iterator[tuple[str, float]]:
    """Yield the numbers in a Python file by their names; that of a dial is its first argument."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign):
            targets, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value:
            targets, value = node.target, node.value
        else:
            continue
        if isinstance(value, ast.Call) and value.args:
            value = value.args[0]
        names = targets.elts if isinstance(targets, ast.Tuple) else [targets]
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        for name, number in zip(names, values, strict=False):
            constant = number.value if isinstance(number, ast.Constant) else None
            if isinstance(name, ast.Name) and isinstance(constant, int | float):
                yield name.id, constant
