"""Who pays for deferred work: the switch that several screens have, and what bills add up to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ui.links import link_with

TRIGGER, SUBMITTER = "trigger", "submitter"
PAYERS = {
    TRIGGER: "Whoever sets it off, and may have to wait for it",
    SUBMITTER: "Whoever asked for it, and left it behind",
}
"""The positions of the switch, and what they mean."""
FRAGMENT = "bills"
"""Where the switch is on a page."""


class Position(NamedTuple):
    """A position of the switch."""

    payer: str
    meaning: str
    address: str
    """The current page with the switch in this position."""
    current: bool


def payer_from(arguments: Mapping[str, str]) -> str:
    """Return who pays, as the address says; the trigger if it says nothing that is known."""
    payer = arguments.get("payer", "")
    return payer if payer in PAYERS else TRIGGER


def in_address(payer: str) -> str:
    """Return the value of `payer` in an address; empty for the trigger, who pays by default."""
    return "" if payer == TRIGGER else payer


def switch(payer: str) -> list[Position]:
    """Return the positions of the switch, which is at `payer`."""
    return [
        Position(
            each,
            meaning,
            f"{link_with({'payer': in_address(each)})}#{FRAGMENT}",
            each == payer,
        )
        for each, meaning in PAYERS.items()
    ]


def self_time(totals: Mapping[str, Any]) -> float:
    """Return the self time on a bill, or on all bills of an answer, in ns."""
    return int(totals["own_total"]) / 1000
