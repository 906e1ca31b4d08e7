"""Packages import one another in one direction: there is no circle, neither at run time nor for
types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT

Graph = dict[str, set[str]]
"""For each node (a sub-package, or a module in a room's root) the nodes that it imports."""


def graph(room: str) -> Graph:
    """The imports between the sub-packages and the root's modules of a room."""
    nodes: Graph = {}
    for path in (ROOT / room).rglob("*.py"):
        node = node_of(path.relative_to(ROOT).with_suffix("").parts)
        names = {node_of(name.split(".")) for name in imported(path) if is_module(name, room)}
        nodes.setdefault(node, set()).update(names - {node})
    return nodes


def node_of(parts: list[str] | tuple[str, ...]) -> str:
    """`tutor.checks` for anything in that package, `tutor.http` for that module, and `tutor` for
    what is in its `__init__`."""
    return ".".join(part for part in parts[:2] if part != "__init__")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere in it, `tutor.http` for `from tutor import http`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_module(name: str, room: str) -> bool:
    """Whether a name begins with a module of the room."""
    parts = name.split(".")
    path = ROOT.joinpath(*parts[:2])
    return parts[0] == room and (path.is_dir() or path.with_suffix(".py").is_file())


def circle(nodes: Graph) -> list[str]:
    """A circle in the graph, as its nodes in order and the first one again; [] if there is none."""
    done: set[str] = set()

    def search(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return []
        found = next(filter(None, (search(each, [*trail, node]) for each in nodes[node])), [])
        done.add(node)
        return found

    return next(filter(None, (search(node, []) for node in sorted(nodes))), [])


@pytest.mark.parametrize("room", ["tutor", "collector", "ui"])
def test_no_package_imports_in_a_circle(room):
    nodes = graph(room)
    assert len(nodes) > 5
    assert all(nodes.keys() >= names for names in nodes.values()), "every import leads to a node"
    assert circle(nodes) == []


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}) == ["b", "d", "b"]
    assert circle({"a": {"b"}, "b": {"c"}, "c": set(), "d": {"b", "c"}}) == []
