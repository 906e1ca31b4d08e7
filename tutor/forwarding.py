"""Where the collector sends on what it stores, in words."""

from __future__ import annotations

from tutor.collector import Collector
from tutor.terminal import count


def forwarding(collector: Collector) -> list[str]:
    """Return a sentence for each backend: how much it has accepted, and what is wrong with it.

    Raises `NotReadyError` if the collector does not answer.
    """
    sentences = []
    for target in collector.stats()["forward"]:
        problem = f" At present: {target['problem']}." if target["problem"] else ""
        sent = count(target["sent"], "span")
        sentences.append(f"Forwarded: {sent} to {target['target']}.{problem}")
    return sentences
