"""Two real checkpoints, quickly: the app's deliberate waits are short, one round of each."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.servers import ROOT

QUICK = {
    "TASTE_MS": "10",
    "CONNECT_MS": "0",
    "SQL_ROUND_TRIP_MS": "0",
    "REDIS_ROUND_TRIP_MS": "0",
    "THAW_MS": "0",
    "MENU_PAGE_MS": "0",
}


def compare(data, *arguments: str) -> tuple[int, str, str]:
    env = {**os.environ, **QUICK, "DATA_DIR": str(data), "NO_COLOR": "1"}
    env.pop("REDIS_URL", None)
    done = subprocess.run(
        ["./workshop", "compare", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=110,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_change_is_measured_attributed_and_proved(tmp_path):
    options = ("--rounds=1", "--run-time=2s", "--users=2")
    code, out, err = compare(tmp_path, "12", "13", *options)
    assert "Traceback" not in out + err
    ratio = re.search(r"a pairing, one visitor .* ([\d.]+)× as fast ✓", out)
    assert ratio, out + err
    assert float(ratio[1]) > 1.1
    assert re.search(r"what-if +[\d.]+×; measured [\d.]+×", out)
    for where in ("One visitor", "Under load"):
        assert re.search(rf"{where}: a pairing takes .* on average", out)
    assert re.search(r"−[\d.]+ ms  taster palate.taste  \(calls: 12 -> 12\)", out), out
    assert "step-13: all the same" in out
    # What else is measured in so short a time is noise, which may say that something is slower.
    assert re.search(r"[✓✗] step-12 to step-13: ", out)
    assert "start a stack that keeps them and compare again: ./workshop up" in out.splitlines()[-1]
    assert code in (0, 1)
    assert (code == 0) == ("✓ step-12 to step-13" in out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["12", "11"], "./workshop compare 11 12"),
        (["11", "11"], "does not come after"),
        (["3", "7"], "nothing is traced"),
        (["11", "99"], "there is no lesson 99"),
        (["11", "12", "--users", "0"], "not a number of users"),
    ],
)
def test_what_cannot_be_compared(tmp_path, arguments, message):
    code, _, err = compare(tmp_path, *arguments)
    assert code == 2
    assert message in err
