"""What was sent on to other backends, in words."""

from __future__ import annotations

from typing import Any

from ui.words.wording import count


def forwarded(target: dict[str, Any]) -> str:
    """Return what became of the spans for another backend, an entry of `forward` in `/stats`.

    What waits is said where something is in its way: else it is sent at once.
    """
    counts = {"refused": target["refused"], "dropped": target["dropped"]}
    if target["problem"]:
        counts["waiting"] = target["waiting"]
    parts = [f"{count(target['sent'])} forwarded"]
    parts += [f"{count(number)} {what}" for what, number in counts.items() if number]
    problem = f" ({target['problem']})" if target["problem"] else ""
    return f"{target['target'].partition('=')[0]}: {', '.join(parts)}{problem}"
