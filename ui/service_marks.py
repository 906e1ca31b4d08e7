"""How a service is marked wherever it is named: its colour, its texture and its letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, jsonify

from ui.client import Collector

HUES = 6
GREYS = 2

Services = Mapping[str, Mapping[str, object]]
"""What the collector knows of each service, by name: `{"color": 0, "kind": "service"}`."""

blueprint = Blueprint("service_marks", __name__)


class Mark(NamedTuple):
    """What the style sheet and a reader tell a service by; the same for every viewer."""

    classes: str
    letters: str


@blueprint.get("/service-marks")
def all_marks() -> Response:
    """Return the marks of all services, for pages on which a new one has appeared."""
    services = known(current_app.extensions["collector"])
    return jsonify(marks_json(services))


def known(collector: Collector) -> dict[str, dict[str, object]]:
    """Return the collector's services by name."""
    return by_name(collector.get("/api/services"))


def by_name(answer: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """Return the services of an answer of `/api/services` by name."""
    return {service["name"]: service for service in answer["services"]}


def mark(name: str, services: Services) -> Mark:
    """Return the mark of one service among those that are shown together."""
    return marks(services).get(name) or Mark("unknown", letters(name))


def marks_json(services: Services) -> dict[str, dict[str, str]]:
    """Return the marks as the scripts of a page want them (`static/js/service-marks.js`)."""
    return {name: mark._asdict() for name, mark in marks(services).items()}


def marks(services: Services) -> dict[str, Mark]:
    """Return the marks of services that are shown together, by name.

    Datastores are grey, so that the code's own services stand out. After six services the hues
    start again, with a texture: first stripes, then dots. Where all of that is used up, letters
    tell those apart that would look the same.
    """
    return _marks(tuple((name, s["color"], s["kind"]) for name, s in services.items()))


@lru_cache(64)
def _marks(services: tuple[tuple[str, object, object], ...]) -> dict[str, Mark]:
    alike: dict[Mark, list[str]] = {}
    for name, color, kind in services:
        alike.setdefault(Mark(_classes(int(str(color)), kind), letters(name)), []).append(name)
    found: dict[str, Mark] = {}
    for mark, names in alike.items():
        own_letters = _distinct_letters(names) if len(names) > 1 else {names[0]: mark.letters}
        found |= {name: Mark(mark.classes, own) for name, own in own_letters.items()}
    return found


def _classes(color: int, kind: object) -> str:
    if kind == "datastore":
        return f"grey-{color % GREYS} datastore"
    return f"hue-{color % HUES} texture-{min(color // HUES, 2)}"


def _distinct_letters(names: list[str]) -> dict[str, str]:
    """Return two letters for each name, the second one that the others do not have at that place,
    or a number where there is none."""
    pairs: dict[str, str] = {}
    for number, name in enumerate(sorted(names), 1):
        first = letters(name)[0]
        others = [other.upper() for other in names if other != name]
        candidates = (
            first + letter
            for index, letter in enumerate(name.upper())
            if index
            and letter.isalnum()
            and all(other[index : index + 1] != letter for other in others)
        )
        unused = (pair for pair in candidates if pair not in pairs.values())
        pairs[name] = next(unused, f"{first}{number}")
    return pairs


@lru_cache(4096)
def letters(name: str) -> str:
    """Return one or two letters for a small tile: `web` is W, `order-service` is OS."""
    words = re.findall(r"[^\W_]+", name)
    return "".join(word[0] for word in words[:2]).upper() or "·"
