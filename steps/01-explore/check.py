"""Lesson 1 is done once you have been everywhere."""

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
"""What to ask for: an example, and the pattern of its path."""


def check(app: Probe) -> None:
    """Check that each route was asked for since `./workshop start`, and answered with 200."""
    same_answers(app)
    visited = {
        request.path
        for request in app.learner_requests()
        if request.service == "web" and request.status == 200
    }
    for what, (example, pattern) in ROUTES.items():
        expect(
            any(re.fullmatch(pattern, path) for path in visited),
            expected=f"a request of yours for {what}: curl '{app.target.web}{example}'",
            seen=f"you have visited {', '.join(sorted(visited - {'/ping'})) or 'nothing yet'}",
        )
