"""What was inferred, for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector.infer.command import main

LOG = """\
2026-11-27 09:30:00,120 taster a GET /taste took 20.0 ms
2026-11-27 09:30:00,123 web a GET /pair/beer took 43.4 ms
no line of a log
"""


def test_each_record_says_whose_call_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "timing.log"
    log.write_text(LOG)
    assert main([str(log), "--json"]) == 1, "a line was left out"
    found = json.loads(capsys.readouterr().out)
    web, taster = found["records"]
    assert (web["parent"], taster["parent"]) == (None, 0)
    assert int(web["start"]) + web["duration"] > int(taster["start"]) + taster["duration"]
    assert (web["request_id"], taster["request_id"]) == ("a", "a")
    [edge] = found["edges"]
    assert (edge["caller"], edge["called"], edge["how"]) == ("web", "taster", "id")
    assert found["score"] is None, "nobody has asked for the truth"
    [rejected] = found["rejected"].values()
    assert (rejected["lines"], rejected["first"][0]["line"]) == (1, 3)
