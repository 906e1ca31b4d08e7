"""How a service is marked wherever it is named: its colour, its texture and its letters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ui.collector import Collector

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


def mark(name: str, services: dict[str, dict[str, object]]) -> Mark:
    """The mark of a service. `static/js/services.js` gives the same answer in the browser.

    Datastores are grey, so that the code's own services stand out. After six services the hues
    start again, with a texture: first stripes, then dots.
    """
    service = services.get(name)
    if service is None:
        return Mark("unknown", letters(name))
    color = int(str(service["color"]))
    if service["kind"] == "datastore":
        return Mark(f"grey-{color % GREYS} datastore", letters(name))
    texture = min(color // HUES, 2)
    return Mark(f"hue-{color % HUES} texture-{texture}", letters(name))


def letters(name: str) -> str:
    """One or two letters for a small tile: `web` is W, `order-service` is OS."""
    words = re.findall(r"[^\W_]+", name)
    return "".join(word[0] for word in words[:2]).upper() or "·"
