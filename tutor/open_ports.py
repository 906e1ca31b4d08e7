"""The ports at which the collector takes traces from other clients, in words."""

from __future__ import annotations

from tutor.collector import Collector


def open_ports(collector: Collector) -> list[str]:
    """Return sentences: which ports are open besides the collector's own, and why others that were
    asked for are not; none if none were asked for.

    Raises `NotReadyError` if the collector does not answer.
    """
    report = collector.receivers()
    by_format: dict[str, list[str]] = {}
    for row in report["receivers"]:
        if row["open"] and row["port"] != report["port"]:
            port = f"{row['port']}/udp" if row["protocol"] == "udp" else str(row["port"])
            by_format.setdefault(row["format"].partition(",")[0], []).append(port)
    known = "; ".join(f"{name} {', '.join(ports)}" for name, ports in by_format.items())
    sentences = [f"Open for other clients: {known}."] if known else []
    return sentences + [f"Not open: {why}." for why in collector.stats()["ports_not_open"]]
