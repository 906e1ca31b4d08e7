"""Documents, docstrings and comments name only what exists: files, folders, modules, functions."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.servers import ROOT

PACKAGES = ("bench", "collector", "loadtest", "services", "tests")
PACKAGES += ("trace_viewer", "tracer", "tutor", "ui")
ROOMS = (*PACKAGES, "docs", "steps")
SOURCES = (".css", ".html", ".js", ".py")

EXTENSIONS = "css|html|js|json|lock|md|py|sh|svg|toml|txt|yml"
FILE = re.compile(
    rf"(?<![\w./@%*{{}}<>…-])(?:\.\.?/)*((?:[\w.-]+/)*[\w-][\w.-]*\.(?:{EXTENSIONS}))\b(?![\w/…*(])"
)
"""A file's name, with as much of its path as the text gives."""

FOLDER = re.compile(rf"(?<![\w./-])((?:{'|'.join(ROOMS)})/(?:[\w.-]+/)*)(?![\w.<*…{{-])")

PATH_IN_BACKTICKS = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`")

DOTTED_NAME = rf"(?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+"
DOTTED = re.compile(rf"(?<![\w./:@$-])({DOTTED_NAME})(?![\w/-])")
DOTTED_IN_BACKTICKS = re.compile(rf"`({DOTTED_NAME})[`(]")

IN_BACKTICKS = re.compile(
    r"`([A-Za-z_]\w*_\w+|_\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w*|[A-Z]{3,})(?:\(\))?`"
)
"""What can only be an identifier: `snake_case`, `camelCase`, `ClassName`, `CONSTANT`."""

OTHER_SYSTEM = re.compile(
    r"\b(?:OpenTelemetry|OpenTracing|Datadog|Zipkin|Jaeger|X-Ray)\b[^.]{0,80}"
)
"""The name of another system and what follows, which may be its word for something of ours."""

NAME_AND_FILE = re.compile(r"`(\w+)(?:\([^`]*\))?`\s+(?:in\s+|\()`([\w/.-]+\.py)`")
"""A name and where it is: "`pair()` in `services/web.py`", "`Payload` (`collector/…`)"."""

WORD = re.compile(r"[A-Za-z_]\w*")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
OTHERS_CLIENTS = "docs/clients.md"
"""A text whose programs are others' (`tests/clients/test_clients_document.py` runs them)."""
BACKTICKS = re.compile(r"`[^`\n]*`")
JS_COMMENT = re.compile(r"^\s*(?://|/?\*).*$", re.MULTILINE)

NO_FILES = re.compile(
    r"(?:mine|data|\.venv|steps/NN-slug)/.*"  # made while it runs, installed; a pattern
    r"|(?:data/)?runs/\d+\.(?:json|html)|(?:course/)?(?:last|running)-check\.json"
    r"|(?:tail-)?sampling\.json|rules\.json|held\.db"  # made while it runs, by a reader
    r"|menu\.json|a\.py|msgspec\.json"  # made by a reader, by a test; a module
    r"|app\.js|instrument\.sh"  # a reader's own, OpenTelemetry's
)
"""What looks like a file of the repository and is not one."""

NO_IDENTIFIERS = {
    "_ms",  # endings of names
    "_s",
    "MAX_TRACES",  # examples
    "PAGE_BYTES",
    "a_from",  # parameters whose names are put together
    "b_to",
    "ChildOf",  # words of other systems, in tables
    "CHILD_OF",
    "FollowsFrom",
    "FOLLOWS_FROM",
    "ListOfSpans",
    "PutTraceSegments",
    "SpanContext",
    "ParentBased",
    "TraceIdRatioBased",
    "DD_TRACE_SAMPLE_RATE",
    "jaeger_remote",
    "rate_limiting",
    "ottl_condition",
    "ThreadingInstrumentor",
    "InMemorySpanExporter",
    "OTEL_PROPAGATORS",
    "INTERNAL",
    "UNSET",
    "proxy_set_header",
    "DetachedInstanceError",
}
"""What looks like an identifier of the repository and is not one."""

OTHER_TRACERS = {"tracer.start_as_current_span"}
"""What the tracers of others have that lessons call `tracer`, too."""


@cache
def files() -> tuple[str, ...]:
    """Return the path of every file that a text may name, from the repository's root."""
    paths = [path.name for path in ROOT.iterdir() if path.is_file()]
    for room in (*ROOMS, ".ci", ".devcontainer", "docker"):
        for folder, folders, names in os.walk(ROOT / room):
            folders[:] = [name for name in folders if name not in ("__pycache__", "node_modules")]
            paths += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return tuple(sorted(paths))


@cache
def path_ends() -> frozenset[str]:
    """Return every end of every path: for `ui/app.py` that, and `app.py`."""
    parts = [path.split("/") for path in files()]
    return frozenset("/".join(path[at:]) for path in parts for at in range(len(path)))


@cache
def text_of(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def texts(*extensions: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every file with one of these extensions, but this one."""
    paths = (path for path in files() if path.endswith(extensions))
    yield from ((path, text_of(path)) for path in paths if not Path(__file__).match(path))


@cache
def words_of_code() -> frozenset[str]:
    """Return every word in the sources that is not in backticks or a comment of JavaScript."""
    words: set[str] = set()
    for path, text in texts(*SOURCES, ".toml", ".yml", "Dockerfile", "workshop"):
        code = JS_COMMENT.sub("", text) if path.endswith(".js") else BACKTICKS.sub("", text)
        words.update(WORD.findall(code))
    return frozenset(words)


def is_file(path: str) -> bool:
    return path in path_ends() or NO_FILES.fullmatch(path) is not None


@cache
def is_name(dotted: str) -> bool:
    """Return whether a name such as `tutor.checks` or `tracer.span.Span.finish` exists."""
    room, *rest = dotted.split(".")
    if dotted in OTHER_TRACERS:
        return True
    if room == "tracer" and any(
        has_names(ROOT / "tracer" / f"{part.lower()}.py", [part, rest[0]])
        for part in ("Tracer", "Settings")  # from which it inherits
    ):
        return True  # `tracer` is also what everybody calls the tracer itself
    folder = ROOT / room
    for at, part in enumerate(rest):
        if (folder / part).is_dir():
            folder /= part
        elif (module := folder / f"{part}.py").is_file():
            return has_names(module, rest[at + 1 :])
        else:
            return has_names(folder / "__init__.py", rest[at:])
    return True


def has_names(module: Path, names: list[str]) -> bool:
    """Return whether a module binds the first of `names`, and that, if a class, the second."""
    if not names:
        return True
    bound = bound_names(ast.parse(module.read_text("utf-8")).body) if module.is_file() else {}
    node = bound.get(names[0])
    if isinstance(node, ast.ClassDef) and len(names) > 1:
        return names[1] in attributes(node)
    return node is not None


def bound_names(body: list[ast.stmt]) -> dict[str, ast.AST]:
    """Return the names that statements bind, each with the statement that does."""
    bound: dict[str, ast.AST] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.split(".")[0]: node for alias in node.names}
        elif isinstance(node, ast.If | ast.Try | ast.With):
            for field in ("body", "orelse", "finalbody"):
                bound |= bound_names(getattr(node, field, []))
        else:
            names = (child for child in ast.walk(node) if isinstance(child, ast.Name))
            bound |= {name.id: node for name in names if isinstance(name.ctx, ast.Store)}
    return bound


def attributes(node: ast.ClassDef) -> set[str]:
    """Return the names that a class binds, and those that its methods set."""
    return set(bound_names(node.body)) | {
        child.attr
        for child in ast.walk(node)
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store)
    }


def comments_and_docstrings(source: str) -> str:
    """Return the comments and docstrings of Python code, a line or more for each."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    docstrings = [
        node.value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    return "\n".join([*comments, *docstrings])


def strings(source: str) -> str:
    """Return the strings in Python code, docstrings included, a line or more for each."""
    constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return "\n".join(node.value for node in constants if isinstance(node.value, str))


def dangling_paths(text: str) -> list[str]:
    """Return the files and folders that a text names and that do not exist."""
    paths = {*FOLDER.findall(text), *PATH_IN_BACKTICKS.findall(text)}
    missing = {path for path in FILE.findall(text) if not is_file(path)}
    missing |= {path for path in paths if not is_file(path) and not (ROOT / path).exists()}
    return sorted(missing)


def dangling_names(text: str, pattern: re.Pattern[str] = DOTTED) -> list[str]:
    """Return the dotted names in a text that do not exist."""
    names = set(pattern.findall(text))
    return [name for name in names if not FILE.fullmatch(name) and not is_name(name)]


def dangling_identifiers(text: str) -> list[str]:
    """Return the identifiers in backticks that no code has."""
    known = words_of_code() | NO_IDENTIFIERS
    ours = OTHER_SYSTEM.sub("", text)
    return [name for name in IN_BACKTICKS.findall(ours) if name not in known]


def dangling(path: str, text: str) -> list[str]:
    """Return everything that the file at `path` names and that does not exist."""
    if path == OTHERS_CLIENTS:
        text = FENCED.sub("", text)
    if path.endswith(".md"):
        return dangling_paths(text) + dangling_names(text) + dangling_identifiers(text)
    if not path.endswith(".py"):
        comments = "\n".join(JS_COMMENT.findall(text))
        names = dangling_names(text, DOTTED_IN_BACKTICKS)
        return dangling_paths(text) + names + dangling_identifiers(comments)
    # Telling code from prose is slow, and nearly always there is nothing to tell apart.
    paths, names = dangling_paths(text), dangling_names(text)
    if paths:
        paths = dangling_paths(comments_and_docstrings(text))
    if names:
        names = dangling_names(comments_and_docstrings(text))
        names += [name for name in dangling_names(strings(text)) if name.count(".") > 1]
    return paths + names + dangling_identifiers(text)


def test_what_is_named_exists():
    named = {path: dangling(path, text) for path, text in texts(".md", *SOURCES)}
    assert {path: names for path, names in named.items() if names} == {}


def test_names_are_in_the_file_that_is_said_to_have_them():
    for path, text in texts(".md"):
        for name, file in NAME_AND_FILE.findall(text):
            if file in files():
                assert has_names(ROOT / file, [name]), f"{path}: `{name}` is not in {file}"


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("docs/x.md", "see `tracer/segments.py`", ["tracer/segments.py"]),
        ("docs/x.md", "in `tutor/commandos`", ["tutor/commandos"]),
        ("docs/x.md", "in `collector/insights/`", ["collector/insights/"]),
        ("docs/x.md", "`tracer.tracer.Tracer.spin`", ["tracer.tracer.Tracer.spin"]),
        ("docs/x.md", "`no_such_name()`", ["no_such_name"]),
        ("docs/x.md", "OpenTelemetry's `NoSuchName`. `NoName`.", ["NoName"]),
        ("ui/x.js", "// See lever.js.", ["lever.js"]),
        ("ui/x.html", "{# `ui.charts.nothing`. #}", ["ui.charts.nothing"]),
        ("ui/x.py", '"""See curve.py."""', ["curve.py"]),
        ("ui/x.py", 'HOW = "collector.analysis.nothing"', ["collector.analysis.nothing"]),
        ("ui/x.py", 'open("other.txt")\nservices.nothing()', []),
        ("docs/x.md", "`tracer/span.py`, `mine/timing.py`, `tracer.trace`, `ui/static/js/`", []),
    ],
)
def test_what_does_not_exist_is_found(path, text, names):
    assert dangling(path, text) == names
