"""Lesson 1 is done once somebody has been everywhere."""

from __future__ import annotations

import re

from tutor.checks import Probe, expect, same_answers

ROUTES = {
    "all beers": ("/beers", r"/beers/?"),
    "one beer": ("/beers/ipa", r"/beers/[^/]+"),
    "all donuts": ("/donuts", r"/donuts/?"),
    "one donut": ("/donuts/jelly", r"/donuts/[^/]+"),
    "a pairing": ("/pair/beer?name=ipa", r"/pair/beer"),
}
"""What to ask for: an example, and what its path looks like."""


def check(app: Probe) -> None:
    """Each route was asked for since `./workshop start`, and answered well."""
    same_answers(app)
    visited = {
        each.path for each in app.learner_requests() if each.service == "web" and each.status == 200
    }
    for what, (example, path) in ROUTES.items():
        expect(
            any(re.fullmatch(path, each) for each in visited),
            expected=f"that you have asked web for {what}: curl '{app.target.web}{example}'",
            seen=f"you have been at {', '.join(sorted(visited - {'/ping'})) or 'none yet'}",
        )
