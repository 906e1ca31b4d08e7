"""The command line: help, mistakes, and exit codes."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest

from tests.servers import ROOT
from tutor import cli
from tutor.errors import NotReadyError, UsageError


def test_alone_it_says_what_there_is(capsys):
    assert cli.main([]) == 0
    out = capsys.readouterr().out
    assert "./workshop demo" in out
    assert all(f"  {name}" in out for name in cli.names())


def test_every_module_in_the_folder_is_a_command_and_listed_once():
    modules = {path.stem for path in (ROOT / "tutor" / "commands").glob("[!_]*.py")}
    assert sorted(map(cli.module_name, cli.names())) == sorted(modules)


@pytest.mark.parametrize("name", cli.names())
def test_the_summary_is_the_first_line_of_the_help_and_fits_a_terminal(name):
    command = importlib.import_module(f"tutor.commands.{cli.module_name(name)}")
    first, blank, *_ = (command.__doc__ or "").splitlines()
    assert first == f"{cli.summary(name)}."
    assert blank == ""
    assert f"  {name:<12} {cli.summary(name)}" in cli.overview().splitlines()
    assert len(cli.summary(name)) <= 80 - 15


NAMED_IN = ("tutor", "ui", "services", "loadtest", "bench", "docs", "steps", "docker", ".ci")
"""Folders whose files name commands to type."""
COMMAND = re.compile(
    r"(?:^ *|[`:>\"'] ?)(?:\$ )?(?:\./workshop|docker compose run --rm tutor) ([a-z][a-z-]*)",
    re.MULTILINE,
)
"""A command to type: at the start of a line, quoted, or after a colon (\"Start it: …\")."""
SUFFIXES = {".py", ".md", ".html", ".js", ".yml", ".sh", ""}


def test_every_command_that_anything_names_exists():
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in NAMED_IN:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    named: dict[str, list[str]] = {}
    for path in files:
        if path.suffix in SUFFIXES and "__pycache__" not in path.parts:
            text = path.read_text("utf-8", errors="replace")
            for command in COMMAND.findall(text):
                named.setdefault(command, []).append(str(path))
    assert {name: paths for name, paths in named.items() if name not in cli.names()} == {}
    assert len(named["up"]) > 10, "the pattern finds messages, lessons and documents"


def test_the_launcher_knows_which_commands_need_more_or_nothing_installed():
    launcher = (ROOT / "workshop").read_text()
    patterns = re.findall(r"^ +('' )?([a-z| -]+)\) ", launcher, re.MULTILINE)
    names = {name.strip() for _, line in patterns for name in line.split("|")}
    names -= {"", "-h", "--help"}
    assert names == {"test", "bench", "course-check", "help", "doctor"}
    assert names - {"help"} <= set(cli.names())


@pytest.mark.parametrize("name", cli.names())
def test_every_command_has_help_with_examples(name, capsys):
    try:
        code = cli.main([name, "--help"])
    except SystemExit as end:  # argparse prints help so
        code = end.code
    assert code == 0
    out = capsys.readouterr().out
    assert "examples:" in out
    assert f"./workshop {name}" in out


def test_help_of_a_command_the_other_way_round(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["help", "down"])
    assert end.value.code == 0
    assert "Stop the stack" in capsys.readouterr().out


def test_an_unknown_command_is_a_usage_error(capsys):
    assert cli.main(["dmeo"]) == 2
    assert "'dmeo'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "there is no command 'chek'. Did you mean check? Commands: demo, "),
        (["help", "chek"], "there is no command 'chek'. Did you mean check?"),
        (["xyz"], "there is no command 'xyz'. Commands: demo, "),
        (["check", "--wach"], "./workshop check has no option '--wach'. Did you mean --watch?"),
        (["load", "--user=5"], "has no option '--user'. Did you mean --users?"),
        (["load", "--shape", "stps"], ". Did you mean steps?"),
        (["load", "--visitors", "diner"], "'diner' is not one of"),
        (["load", "--visitors", "diner"], ". Did you mean diners?"),
        (["check", "3", "4"], "./workshop check has no place for '4'. See"),
    ],
)
def test_what_may_have_been_meant_is_named(arguments, said, capsys):
    try:
        code = cli.main(arguments)
    except SystemExit as end:  # argparse
        code = end.code
    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["up", "--web-port", "beer"],
        ["demo", "--for", "soon"],
        ["load", "--users", "0"],
        ["load", "--users", "100000"],
        ["load", "--run-time", "3h"],
        ["get"],
    ],
)
def test_wrong_arguments_are_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [(UsageError("no"), 2), (NotReadyError("no"), 3), (KeyboardInterrupt(), 130)],
)
def test_each_failure_has_its_exit_code(error, code, monkeypatch, capsys):
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "run", fail)
    assert cli.main(["status"]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_help_imports_little():
    """`./workshop --help` is quick because what the commands need is not imported for it."""
    code = "import sys, tutor.cli; tutor.cli.main([]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    modules = done.stdout.splitlines()[-1].split()
    assert not {"psutil", "msgspec", "http.client", "subprocess"} & set(modules)


def test_a_reader_that_closes_the_pipe_is_not_an_error():
    command = "./workshop | head -0; printf '%s' \"${PIPESTATUS[0]}\""
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""


def test_up_says_what_is_wrong_with_a_target_before_it_starts_anything(capsys, monkeypatch):
    monkeypatch.setattr("tutor.commands.up.start_stack", lambda *_: pytest.fail("started"))
    monkeypatch.setattr("tutor.commands.up.client.current", lambda: None)
    assert cli.main(["up", "--forward", "otlp=127.0.0.1"]) == 2
    assert "'127.0.0.1' is no address for otlp" in capsys.readouterr().err
