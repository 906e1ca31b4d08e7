"""The command line: which commands there are, and how each of them ends.

A command is a module in `tutor/commands/` with a docstring (its help; the first line is its summary
in the list of all commands), `add_arguments(parser)` and `run(arguments) -> exit code`. Only the
one that is called is imported, so that help is quick.
"""

from __future__ import annotations

import argparse
import importlib
import keyword
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tutor.arguments import Parser, did_you_mean
from tutor.errors import Exit, NotReadyError, UsageError
from tutor.file_errors import explain
from tutor.interrupts import interruptible, uninterrupted
from tutor.terminal import complain, drop_output, open_missing_streams, paint, printable_output

GROUPS = {
    "See it": ("demo", "up", "down", "status", "logs", "open"),
    "Learn it": ("start", "lesson", "check", "hint", "diff", "solve", "reset", "cost", "challenge"),
    "Use it": (
        "get",
        "load",
        "compare",
        "sampling",
        "infer",
        "audit",
        "export",
        "import",
        "viewer",
    ),
    "Trust it": ("doctor", "test", "bench", "course-check"),
}
"""The commands, in the order in which the overview lists them."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code (see `Exit`). No traceback reaches the user."""
    open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without UTF-8
    with printable_output():
        return guarded(arguments)


def guarded(arguments: Sequence[str]) -> int:
    """Run one command, and say in words why it can't be; return the exit code."""
    try:
        with interruptible():
            code = dispatch(arguments)
            sys.stdout.flush()
            return code
    except UsageError as problem:
        complain(str(problem))
        return Exit.USAGE
    except NotReadyError as problem:
        complain(str(problem))
        return Exit.NOT_READY
    except KeyboardInterrupt:
        finish_output("\n")
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `./workshop logs | head`
        drop_output()
        return 128 + signal.SIGPIPE
    except OSError as problem:
        finish_output()
        complain(explain(problem))
        return Exit.NOT_READY


def finish_output(text: str = "") -> None:
    """Print `text` and whatever is still waiting to be printed, if that is possible."""
    try:
        print(text, end="", flush=True)
    except OSError:
        drop_output()


def dispatch(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` begin with; return the exit code.

    Raises `UsageError` if there is no such command.
    """
    name, *rest = arguments or ["help"]
    if name in ("-h", "--help", "help"):
        if rest:
            return run(known(rest[0]), ["--help"])
        print(overview())
        return Exit.GOOD
    return run(known(name), rest)


def known(name: str) -> str:
    """Return `name`. Raises `UsageError` if there is no such command."""
    if name in names():
        return name
    hint = did_you_mean(name, names())
    raise UsageError(f"there is no command {name!r}.{hint} Commands: {', '.join(names())}")


def names() -> list[str]:
    """Return every command, in the order in which the overview lists them."""
    return [name for group in GROUPS.values() for name in group]


def run(name: str, arguments: Sequence[str]) -> int:
    """Parse `arguments` for the command `name`, run it, and return the exit code."""
    with uninterrupted():  # in the middle of an import, Python may lose an interrupt, or crash
        command = importlib.import_module(f"tutor.commands.{module_name(name)}")
    if getattr(command, "TAKES_ANYTHING", False):  # its arguments are another program's
        return int(command.run(argparse.Namespace(rest=list(arguments))))
    return int(command.run(parser(name, command).parse(arguments)))


def parser(name: str, command: ModuleType) -> Parser:
    """Return the argument parser of one command, with the examples from its docstring."""
    result = Parser(
        prog=f"./workshop {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(result)
    return result


def overview() -> str:
    """Return what `./workshop` prints when it is called without a command."""
    lines = [
        paint("Beer & Donuts", "bold") + ": a distributed-tracing workshop.",
        "New here? " + paint("./workshop demo", "cyan") + " shows it all in about a minute.",
    ]
    for title, commands in GROUPS.items():
        lines += ["", paint(title, "bold")]
        lines += [f"  {name:<12} {summary(name)}" for name in commands]
    lines += ["", "./workshop COMMAND --help says more, with examples."]
    return "\n".join(lines)


def summary(name: str) -> str:
    """Return the first line of a command's docstring, which is the first line of its file: read
    from there, because importing all commands would take a second."""
    path = Path(__file__).parent / "commands" / f"{module_name(name)}.py"
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().strip('"').removesuffix(".")


def module_name(name: str) -> str:
    """Return the name of a command's module: hyphens become underscores, and what Python reserves
    for itself has one at its end."""
    return name.replace("-", "_") + ("_" if keyword.iskeyword(name) else "")
