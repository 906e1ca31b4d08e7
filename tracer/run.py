"""`tracer-run COMMAND`: traces a Python program without a change to its code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

USAGE = "usage: tracer-run COMMAND [ARGUMENT ...]"
HELP = f"""{USAGE}

Run a Python program with tracing: requests to Flask apps, SQL through SQLAlchemy,
Redis commands and HTTP requests become spans, without a change to its code.

examples:
  tracer-run python app.py
  SERVICE=shop tracer-run flask --app shop run
  TRACE_SAMPLING=0.1 tracer-run gunicorn shop:app

environment:
  SERVICE            name of the service (default: the Flask app's name)
  VERSION            tag that tells one deploy from the next
  COLLECTOR_URL      where to send spans (default: http://127.0.0.1:8126)
  TRACE_SAMPLING  share of traces to keep, 0 to 1 (default: 1)
  TRACE_PROPAGATION  headers that carry a trace, of tracecontext, datadog, b3, b3multi, and to be
                     read only jaeger, xray (default: tracecontext,datadog)
  TRACE_SQL_LITERALS 1 records texts and numbers in SQL (default: 0, each is a `?`)
  TRACE_CLOCK        1 sends a logical clock along in `tracestate` (default: 0)
  TRACE_HISTORY      1 sends what has been executed along in `x-trace-history`, `ask` does so for
                     requests that ask for it (default: 0)
"""

SITE = Path(__file__).parent / "site"
"""The folder of a `sitecustomize`, which Python runs before the program if it is on the path."""


def main() -> NoReturn:
    """Become the command given, with tracing on.

    Exits with 2 if no command is given, with 127 if there is no such program and with 126 if it
    cannot be run, as a shell does.
    """
    command = sys.argv[1:]
    if command[:1] in (["-h"], ["--help"]):
        print(HELP, end="")
        sys.exit(0)
    if not command or command[0].startswith("-"):
        problem = f"unknown option {command[0]}" if command else "no command given"
        print(f"tracer-run: {problem}\n{USAGE}\nexample: tracer-run python app.py", file=sys.stderr)
        sys.exit(2)
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{SITE}{os.pathsep}{path}" if path else str(SITE)
    sys.stdout.flush()  # what is in this program's buffers ends with it
    try:
        os.execvp(command[0], command)  # noqa: S606
    except FileNotFoundError:
        _give_up(f"there is no program called {command[0]!r}", command[0], 127)
    except OSError as error:
        _give_up(f"cannot run {command[0]!r}: {error.strerror}", command[0], 126)


def _give_up(problem: str, program: str, status: int) -> NoReturn:
    hint = f". Did you mean `tracer-run python {program}`?" if program.endswith(".py") else ""
    print(f"tracer-run: {problem}{hint}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
