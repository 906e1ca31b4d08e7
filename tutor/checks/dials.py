"""The app's dials: turned for a moment, or at their defaults, since a lesson fixes in code what a
dial only hides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tutor import http
from tutor.checks.probe import Probe
from tutor.failure import CheckFailed


def must_have_default_dials(app: Probe, *may_differ: str) -> None:
    """Check that no dial of a service is turned, except for those in `may_differ`.

    Raises `CheckFailed` if one is.
    """
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
            defaults = json.dumps({name: dial["default"] for name, dial in turned.items()})
            raise CheckFailed(
                "all dials at their defaults: the fix belongs in the code",
                ", ".join(f"{name} is {dial['value']:g}" for name, dial in turned.items()),
                detail=f"Turn them back: curl -X PUT {url}/dials"
                f" -H 'Content-Type: application/json' -d '{defaults}'",
            )


@contextmanager
def turned(app: Probe, dials: dict[str, float], service: str = "web") -> Iterator[None]:
    """Turn some dials of web or of the taster for the `with` block.

    Raises `NotReadyError` if it is away.
    """
    url = f"{app.target.taster if service == 'taster' else app.target.web}/dials"
    all_dials = http.get(url).json()["dials"]
    before = {name: all_dials[name]["value"] for name in dials}
    http.put(url, dials)
    try:
        yield
    finally:
        http.put(url, before)
