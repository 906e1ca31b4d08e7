"""The command line of the inference, `./workshop infer`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from collector.analysis.tree import build_tree
from collector.infer import collector_client
from collector.infer.collector_client import CollectorError
from collector.infer.critical_shares import critical_shares, critical_times, shares_of
from collector.infer.forest import forest_of
from collector.infer.hypotheses import find_relations
from collector.infer.inference import infer
from collector.infer.json_report import document
from collector.infer.matching import TOLERANCE_NS
from collector.infer.readers.read import FORMS, LogFormError, read_records
from collector.infer.records import Record
from collector.infer.rejects import Rejects
from collector.infer.score import score
from collector.infer.spans import RUN, run_of, traces
from collector.infer.text_report import report, verdict
from collector.infer.truth import Truth, truth_of
from collector.printable import make_logs_printable, printable

COMMAND = os.environ.get("INFER_COMMAND", "python -m collector.infer")
"""How this was called."""
GOOD, REJECTED, USAGE, NOT_READY, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: all is well; lines were left out; nothing can be read; there is no collector."""
MAX_RECORDS = 300_000
"""Records that are looked at together, from the beginning of the logs: about 200 MB."""
PROGRESS_RECORDS = 20_000
DESCRIPTION = """\
Rebuild traces from logs or flow records alone.

Reads the logs of any number of services and says which service calls which, where the time goes,
and how sure that is: records with ids are joined by them, others by times that lie within each
other. With --truth the guess is compared with the traces that the collector has of the same time,
with --store it is sent there, to be looked at like any trace. docs/black-box.md says how all of
this works, and how to record such logs.
"""
EXAMPLES = f"""\
examples:
  {COMMAND} web.log taster.log
  {COMMAND} data/logs/requests.log --truth        how right is it? (precision and recall)
  {COMMAND} requests.log --no-ids --truth         the same without the ids in the lines
  {COMMAND} flows.csv --name 127.0.0.1:5001=taster --name 127.0.0.1:5000=web
  {COMMAND} app.log --pattern '{{time:iso}} {{service}} {{name}} took {{duration:ms}} ms'
  {COMMAND} requests.log --store                  and look at it: search for inferred:1

exit codes: 0 all lines were read, 1 some were left out, 2 usage, 3 no collector or no such file
"""


class UnusableError(Exception):
    """There is nothing to infer from; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Infer traces from logs and print what follows; return the exit code."""
    options = _parser().parse_args(arguments)
    make_logs_printable()
    rejects = {name: Rejects() for name in options.logs}
    try:
        _run(options, rejects)
    except (LogFormError, UnusableError) as problem:
        return _fail(USAGE, str(problem))
    except CollectorError as problem:
        return _fail(NOT_READY, str(problem))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        return _fail(NOT_READY, f"{where}{problem.strerror or problem}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return REJECTED if any(rejected.count for rejected in rejects.values()) else GOOD


def _run(options: argparse.Namespace, rejects: dict[str, Rejects]) -> None:
    """Infer, and print all about it. Raises `UnusableError` if the logs hold no record."""
    records = list(islice(_records(options, rejects), MAX_RECORDS + 1))
    is_cut = len(records) > MAX_RECORDS
    records = records[:MAX_RECORDS]
    _tell_rejects(rejects)
    if not records:
        raise UnusableError("the logs hold no record: nothing can be inferred from them")
    if options.no_ids:
        records = [record._replace(request_id="", line_id=record.request_id) for record in records]
    _progress(f"inferring from {len(records):,} records …")
    inference = infer(records)
    forest = forest_of(inference)
    hypotheses = find_relations(forest, inference.guessed)
    shares = critical_shares(forest, hypotheses)
    of_operations = shares_of(critical_times(forest, hypotheses))
    _progress("")
    scored = score(forest, _truth(options, records), shares) if options.truth else None
    if options.json:
        print(msgspec.json.encode(document(inference, shares, scored, rejects)).decode())
    else:
        services = len({record.service for record in records})
        print(f"{len(records):,} records of {services} services\n")
        if is_cut:
            print(f"(the first {MAX_RECORDS:,}: the logs hold more)\n")
        print("\n".join(report(inference, shares, of_operations, hypotheses)))
        if scored:
            print("\n".join(verdict(scored)))
    if options.store:
        spans, number = collector_client.store(options.collector, traces(inference, forest))
        q = f"inferred:1 {RUN}:{run_of(inference)}"
        where = f"{options.ui}/?{urlencode({'q': q})}" if options.ui else q
        stored = f"Stored {spans:,} spans of {number:,} inferred traces: {where}"
        print(f"\n{stored}", file=sys.stderr if options.json else sys.stdout)


def _truth(options: argparse.Namespace, records: Sequence[Record]) -> Truth:
    """Return what the collector's traces of the same time say.

    Raises `CollectorError` if it has none.
    """
    begin = min(record.start for record in records) - TOLERANCE_NS
    end = max(record.end for record in records) + TOLERANCE_NS
    stored = collector_client.traced(options.collector, begin, end)
    truth = truth_of((trace_id, build_tree(spans)) for trace_id, spans in stored)
    if not truth.requests:
        raise CollectorError(
            f"the collector at {options.collector} has no traces of the time of these logs:"
            " make the requests while it is running, and compare within its retention"
        )
    return truth


def _records(options: argparse.Namespace, rejects: dict[str, Rejects]) -> Iterator[Record]:
    """Yield the records of all logs, and show on a terminal how many there are."""
    number = 0
    for name in options.logs:
        source = sys.stdin.buffer if name == "-" else Path(name)
        for record in read_records(
            source,
            rejects[name],
            options.format,
            options.pattern,
            dict(options.name),
            options.service,
        ):
            number += 1
            if number % PROGRESS_RECORDS == 0:
                _progress(f"{name}: {number:,} records …")
            yield record


def _tell_rejects(rejects: dict[str, Rejects]) -> None:
    for name, rejected in rejects.items():
        if rejected.count:
            _progress("")
            lines = "line was" if rejected.count == 1 else "lines were"
            _say(f"{name}: {rejected.count:,} {lines} left out")
            for reject in rejected.kept:
                _say(f"  {reject}")
            if rejected.count > len(rejected.kept):
                _say(f"  … and {rejected.count - len(rejected.kept):,} more")


def _progress(text: str) -> None:
    """Show how far it is, on a terminal only; an empty text wipes it away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{printable(text)}")
        sys.stderr.flush()


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr)


def _fail(code: int, message: str) -> int:
    _progress("")
    _say(message)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    env = os.environ
    add = parser.add_argument
    add("logs", metavar="LOG", nargs="+", help="a log, or - for standard input")
    add(
        "--truth",
        action="store_true",
        help="compare with the traces that the collector has of the same time",
    )
    add(
        "--store",
        action="store_true",
        help="send the inferred traces to the collector; searches leave them out, unless they have"
        " inferred:1 or inferred:any in them",
    )
    add(
        "--format",
        metavar="FORMAT",
        choices=list(FORMS),
        help=f"the form of the logs: {', '.join(FORMS)} (default: found out)",
    )
    add(
        "--pattern",
        metavar="P",
        action="append",
        default=[],
        help="how a line is built, such as '{time:iso} {name} {duration:ms}'; of several, the first"
        " that fits",
    )
    add(
        "--service",
        metavar="NAME",
        help="whose lines they are, if they do not say (default: the file's name)",
    )
    add(
        "--name",
        metavar="HOST:PORT=NAME",
        action="append",
        type=_name,
        default=_names(env.get("INFER_NAMES", "")),
        help="the service at an address, for flow records and nginx (default: those of the stack)",
    )
    add("--no-ids", action="store_true", help="pretend that the records have no ids")
    add("--json", action="store_true", help="print what was inferred as JSON, for programs")
    add(
        "--collector",
        metavar="URL",
        default=env.get("COLLECTOR_URL", "http://127.0.0.1:8126"),
        help="where the collector is (default: %(default)s)",
    )
    parser.set_defaults(ui=env.get("UI_URL", ""))
    return parser


def _name(text: str) -> tuple[str, str]:
    address, equals, name = text.rpartition("=")
    if not (address and equals and name):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT=NAME or HOST=NAME")
    return address, name


def _names(text: str) -> list[tuple[str, str]]:
    return [_name(part) for part in text.split(",") if part]
