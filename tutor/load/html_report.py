"""The report of a run, as a page that needs nothing else: the UI draws it, here it is kept."""

from __future__ import annotations

from tutor import http
from tutor.errors import NotReadyError
from tutor.load.locust import Record
from tutor.paths import data_dir
from tutor.terminal import paint


def keep(run: Record, ui: str) -> str:
    """Write the report of `run` beside its record, `runs/7.html`; where both can be seen, in words.

    What stands in the way is said, too: the run has been told already.
    """
    number = run["number"]
    if not number:
        return "\nThe run is not stored: no collector took it. (data/logs/load.log says why.)"
    page = f"{ui}/load/{number}"
    try:
        answer = http.get(f"{page}/report", timeout=30, headers=http.UNSAMPLED)
    except NotReadyError as problem:
        return f"\nRun {number} is stored. There is no report: {problem}"
    if answer.status != 200:
        return f"\nRun {number} is stored. There is no report: {page} answers {answer.status}"
    path = data_dir() / "runs" / f"{number}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(answer.body)
    return f"\nThe run:    {paint(page, 'cyan')}\nIts report: {path}"
