"""The command line of the viewer."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from trace_viewer import VERSION, ports
from trace_viewer.data_folder import temporary_folder, user_folder
from trace_viewer.open_ports import open_ports
from trace_viewer.viewer import EndedError, Settings, run, stop_request

COMMAND = os.environ.get("TRACE_VIEWER_COMMAND", "trace-viewer")
"""How this was called; `./workshop viewer` is another name for it."""
PAGE_PORT, COLLECTOR_PORT = 8080, 8126
GOOD, NOT_READY = 0, 3
"""Exit codes."""
DESCRIPTION = """\
Show the traces of any app: a collector that takes them from the usual tracing clients, on the ports
where they send by default, too, and a page that shows them. It runs until you press Ctrl-C.
"""
EXAMPLES = f"""\
examples:
  {COMMAND}                          keep traces in {user_folder()}
  {COMMAND} --memory                 keep nothing
  {COMMAND} trace.json               show a file, exported here or by Jaeger, Zipkin, OpenTelemetry
  {COMMAND} --data ./traces          keep them here
  {COMMAND} --port 9000              the page on this port or not at all
  {COMMAND} --forward otlp=http://127.0.0.1:4318
                                     and send on whatever is stored
"""


class NotReadyError(Exception):
    """The viewer cannot be started; the message says what is in the way and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the viewer until it is told to stop; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        with stop_request() as stop, _folder(options) as folder:
            settings = _settings(options, folder)
            run(settings, stop, lambda: _tell(settings, options))
    except (NotReadyError, EndedError) as problem:
        return _fail(str(problem))
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        return _fail(f"{where}{problem.strerror or problem}")
    return GOOD


@contextmanager
def _folder(options: argparse.Namespace) -> Iterator[Path]:
    """Give the folder to keep traces in."""
    if options.memory:
        with temporary_folder() as folder:
            yield folder
    else:
        yield options.data


def _settings(options: argparse.Namespace, folder: Path) -> Settings:
    """Return what to start, on free ports. Raises `NotReadyError` if one that was asked for is
    taken."""
    collector = _port(options.host, options.collector_port, COLLECTOR_PORT, "--collector-port")
    page = _port(options.host, options.port, PAGE_PORT, "--port", reserved=collector)
    return Settings(options.host, page, collector, folder, options.forward)


def _port(host: str, wanted: int | None, usual: int, option: str, reserved: int = 0) -> int:
    """Return the port to use: the one `wanted`, 0 for any, or None for the usual one or the next
    that is free."""
    if wanted == 0:
        return ports.any_free(host)
    port = usual if wanted is None else wanted
    if port != reserved and ports.is_free(host, port):
        return port
    if wanted is not None:
        raise NotReadyError(f"port {port} is taken; choose another one with {option}")
    free = ports.next_free(host, port)
    if free is None:
        raise NotReadyError(f"port {port} is taken, and those after it; choose one with {option}")
    what = "the page" if option == "--port" else "the collector"
    print(f"Note: port {port} is taken: {what} uses {free}")
    return free


def _tell(settings: Settings, options: argparse.Namespace) -> None:
    """Say where the traces are shown, and how to send some."""
    url = settings.collector_url
    kept = "in memory, until this ends" if options.memory else f"in {settings.data}"
    lines = (
        ("Traces", settings.page_url),
        ("Send them to", url),
        ("  OpenTelemetry", f"OTEL_EXPORTER_OTLP_ENDPOINT={url}"),
        ("", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"),
        ("  Datadog", f"DD_TRACE_AGENT_URL={url} ddtrace-run python app.py"),
        ("  Zipkin", f"{url}/api/v2/spans"),
        ("  no client yet", f"COLLECTOR_URL={url} tracer-run python app.py"),
        ("Open ports", open_ports(settings.host, settings.collector_port)),
        ("Kept", kept),
    )
    for name, value in lines:
        if value:
            print(f"{name:<16} {value}")
    print("Ctrl-C ends it.", flush=True)
    if options.file:
        _open(settings, options.file, not options.no_browser)


def _open(settings: Settings, file: Path, in_browser: bool) -> None:
    """Show a file. Raises `NotReadyError` if nothing of it can be read."""
    from trace_viewer.opened_file import UnreadableError, load  # rarely needed

    try:
        place, reasons = load(file, ports.reachable(settings.host), settings.collector_port)
    except UnreadableError as problem:
        raise NotReadyError(str(problem)) from None
    for reason in reasons:
        print(f"{COMMAND}: {file}: {reason}", file=sys.stderr)
    print(f"{file} is at {settings.page_url}{place}", flush=True)
    if in_browser and _has_screen():
        import webbrowser

        webbrowser.open(f"{settings.page_url}{place}")


def _has_screen() -> bool:
    """Return whether a browser would have a window of its own: one in the terminal is not meant."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", nargs="?", type=Path, metavar="FILE", help="a file with traces to open")
    add("--no-browser", action="store_true", help="only print where FILE is shown")
    add("--version", action="version", version=f"trace-viewer {VERSION}")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("DATA_DIR") or user_folder()),
        metavar="FOLDER",
        help="folder to keep traces in, also set by DATA_DIR (default: %(default)s)",
    )
    where.add_argument("--memory", action="store_true", help="keep nothing once it ends")
    add("--port", type=_port_number, metavar="N", help=_port_help("the page's port", PAGE_PORT))
    add(
        "--collector-port",
        type=_port_number,
        metavar="N",
        help=_port_help("the port that clients send to", COLLECTOR_PORT),
    )
    add(
        "--host",
        default=os.environ.get("HOST", "127.0.0.1"),
        help="address to listen on, also set by HOST (default: 127.0.0.1, this machine only)",
    )
    add(
        "--forward",
        default="",
        metavar="TARGETS",
        help="send on what is stored: otlp=URL,zipkin=URL,datadog=URL,xray=udp://HOST:PORT",
    )
    return parser


def _port_help(what: str, usual: int) -> str:
    return f"{what}, 0 for any free one (default: {usual} or the next free one)"


def _port_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= ports.MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to {ports.MAX_PORT}")
    return int(text)


def _fail(message: str) -> int:
    print(f"{COMMAND}: {message}", file=sys.stderr)
    return NOT_READY
