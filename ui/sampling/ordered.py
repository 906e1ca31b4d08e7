"""A list that is changed one step at a time: what a form's button says, done to a list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

from ui.sampling.typed import Item

STEPS = {"up": -1, "down": 1}


def version_of(items: Sequence[Item]) -> str:
    """Return a text that is another one for other lists: forms say by it which list they mean."""
    return blake2b(json.dumps(items, sort_keys=True).encode(), digest_size=8).hexdigest()


def moved(items: Sequence[Item], index: int, way: str) -> list[Item]:
    """Return the list with one of its items moved `up` or `down`, if there is room."""
    target = index + STEPS[way]
    changed = list(items)
    if 0 <= target < len(items):
        changed.insert(target, changed.pop(index))
    return changed


def without(items: Sequence[Item], index: int) -> list[Item]:
    """Return the list without one of its items."""
    return [*items[:index], *items[index + 1 :]]


def with_item(items: Sequence[Item], index: int | None, item: Item) -> list[Item]:
    """Return the list with an item in place of another, or as the last one if `index` is None."""
    if index is None:
        return [*items, item]
    return [*items[:index], item, *items[index + 1 :]]
