"""Whether the app's dials are where they start: lessons cure in code what a dial only hides."""

from __future__ import annotations

import json

from tutor import http
from tutor.checks.probe import Probe
from tutor.failure import CheckFailed


def dials_as_they_start(app: Probe, *may_differ: str) -> None:
    """Raises `CheckFailed` if a dial of one of the services is turned, except for `may_differ`."""
    for url in (app.target.web, app.target.taster):
        answer = http.get(f"{url}/dials")
        if answer.status != 200:  # turned away: another machine's dials are not ours to see
            continue
        turned = {
            name: dial
            for name, dial in answer.json()["dials"].items()
            if dial["value"] != dial["default"] and name not in may_differ
        }
        if turned:
            back = json.dumps({name: dial["default"] for name, dial in turned.items()})
            raise CheckFailed(
                "all dials where they start: the cure belongs into the code",
                ", ".join(f"{name} is {dial['value']:g}" for name, dial in turned.items()),
                detail=f"Turn them back: curl -X PUT {url}/dials"
                f" -H 'Content-Type: application/json' -d '{back}'",
            )
