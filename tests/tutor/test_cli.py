"""The command line: help, mistakes, and exit codes."""

from __future__ import annotations

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
    "arguments",
    [
        ["up", "--unknown"],
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


def test_a_reader_that_leaves_is_no_error():
    command = "./workshop | head -0; printf '%s' \"${PIPESTATUS[0]}\""
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
