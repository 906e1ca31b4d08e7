"""What was under load, and which load it was, in a few words."""

from __future__ import annotations

from typing import Any

from ui.words.wording import counted


def deploy(run: dict[str, Any]) -> str:
    """The versions that answered; `not known` where no trace of the run said one."""
    return ", ".join(each["version"] for each in run["deploys"]) or "not known"


def turned(run: dict[str, Any]) -> list[str]:
    """The dials that stood elsewhere than where they start: `TASTE_MS = 5`."""
    return [f"{name} = {value:g}" for name, value in run["turned"].items()]


def load_in_words(load: dict[str, Any]) -> str:
    """`steps up to 50 visitors, closed, 2 s to think`."""
    people = counted(load["users"], "visitor")
    shape = {
        "steps": f"steps up to {people}",
        "spike": f"a spike of {people}",
        "waves": f"waves of {people} every {load['wave'] or 0:g} s",
    }.get(load["shape"], people)
    if load["mode"] == "open":
        return f"{shape}, open: {load['rate'] or 0:g}/s"
    if load["shape"] == "waves":  # nobody thinks; all wait for the next wave
        return f"{shape}, closed"
    return f"{shape}, closed: {load['think'] or 0:g} s to think"
