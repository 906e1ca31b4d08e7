"""How a service is marked wherever it is named: its colour, its texture and its letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ui.client import Collector

HUES = 6
GREYS = 2


@dataclass(frozen=True)
class Mark:
    """What the style sheet and a reader tell a service by; the same for every viewer."""

    classes: str
    letters: str


def known(collector: Collector) -> dict[str, dict[str, object]]:
    """The collector's services by name."""
    return {each["name"]: each for each in collector.get("/api/services")["services"]}


def mark(name: str, services: Mapping[str, Mapping[str, object]]) -> Mark:
    """The mark of a service. `static/js/service-marks.js` gives the same answer in the browser.

    Datastores are grey, so that the code's own services stand out. After six services the hues
    start again, with a texture: first stripes, then dots. Where all of that is used up, letters
    tell those of the given services apart that would look the same.
    """
    if name not in services:
        return Mark("unknown", letters(name))
    classes = _classes(services[name])
    alike = [
        other
        for other, service in services.items()
        if letters(other) == letters(name) and _classes(service) == classes
    ]
    return Mark(classes, letters(name) if len(alike) == 1 else _told_apart(alike)[name])


def _classes(service: Mapping[str, object]) -> str:
    color = int(str(service["color"]))
    if service["kind"] == "datastore":
        return f"grey-{color % GREYS} datastore"
    return f"hue-{color % HUES} texture-{min(color // HUES, 2)}"


def _told_apart(names: list[str]) -> dict[str, str]:
    """Two letters for each of the names, the second one that the others do not have there; a number
    where they run out."""
    found: dict[str, str] = {}
    for number, name in enumerate(sorted(names), 1):
        first = letters(name)[0]
        others = [other.upper() for other in names if other != name]
        own = (
            first + letter
            for at, letter in enumerate(name.upper())
            if at and letter.isalnum() and all(other[at : at + 1] != letter for other in others)
        )
        pair = next((each for each in own if each not in found.values()), f"{first}{number}")
        found[name] = pair
    return found


@lru_cache(4096)
def letters(name: str) -> str:
    """One or two letters for a small tile: `web` is W, `order-service` is OS."""
    words = re.findall(r"[^\W_]+", name)
    return "".join(word[0] for word in words[:2]).upper() or "·"
