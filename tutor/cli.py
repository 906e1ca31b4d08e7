"""The command line: which commands there are, and how each of them ends.

A command is a module in `tutor/commands/` with a docstring (its help), `add_arguments(parser)` and
`run(arguments) -> exit code`. Only the one that is called is imported, so that help is quick.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

from tutor.errors import Exit, NotReadyError, UsageError
from tutor.terminal import complain, paint

COMMANDS = {
    "See it": {
        "demo": "start everything with a little load, and watch the traces arrive",
        "up": "start the stack in the background",
        "down": "stop it",
        "status": "what is running, and where",
        "logs": "what the processes print",
        "open": "open the traces in your browser",
    },
    "Learn it": {
        "start": "begin the course: make mine/, your copy of the app",
        "lesson": "read a lesson",
        "check": "see whether it is done",
        "hint": "get help, a little more each time",
        "diff": "see what a lesson changes",
        "solve": "take a lesson's solution",
        "reset": "put mine/ back to how a lesson begins",
        "cost": "measure what your instrumentation costs",
    },
    "Use it": {
        "get": "make one request and print its answer and its trace",
        "load": "put the app under load with Locust",
        "compare": "is one checkpoint faster than another, and still right?",
    },
    "Trust it": {
        "doctor": "check that this machine has what is needed",
        "test": "run the tests",
        "bench": "run the benchmarks",
        "course-check": "check the course itself",
    },
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code (see `Exit`). No traceback reaches the user."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without UTF-8
    try:
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
        print()
        return Exit.INTERRUPTED
    except BrokenPipeError:  # `./workshop logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def dispatch(arguments: Sequence[str]) -> int:
    """Find the command that is meant and run it; return the exit code.

    Raises `UsageError` if there is no such command.
    """
    name, *rest = arguments or ["help"]
    if name in ("-h", "--help", "help"):
        if rest and rest[0] in names():
            return run(rest[0], ["--help"])
        print(overview())
        return Exit.GOOD
    if name not in names():
        raise UsageError(f"there is no command {name!r}. Commands: {', '.join(names())}")
    return run(name, rest)


def names() -> list[str]:
    """Every command, in the order in which help lists them."""
    return [name for group in COMMANDS.values() for name in group]


def run(name: str, arguments: Sequence[str]) -> int:
    """Parse `arguments` for the command `name` and run it."""
    command = importlib.import_module(f"tutor.commands.{name.replace('-', '_')}")
    if getattr(command, "TAKES_ANYTHING", False):  # its arguments are another program's
        return int(command.run(argparse.Namespace(rest=list(arguments))))
    return int(command.run(parser(name, command).parse_args(arguments)))


def parser(name: str, command: ModuleType) -> argparse.ArgumentParser:
    """The argument parser of one command, with the examples from its docstring."""
    made = argparse.ArgumentParser(
        prog=f"./workshop {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(made)
    return made


def overview() -> str:
    """What `./workshop` alone prints."""
    lines = [
        paint("Beer & Donuts", "bold") + ": a distributed-tracing workshop.",
        "New here? " + paint("./workshop demo", "cyan") + " shows it all in about a minute.",
    ]
    for title, commands in COMMANDS.items():
        lines += ["", paint(title, "bold")]
        lines += [f"  {name:<12} {summary}" for name, summary in commands.items()]
    lines += ["", "./workshop COMMAND --help says more, with examples."]
    return "\n".join(lines)
