"""The ports at which the collector takes traces from other clients, in words."""

from __future__ import annotations

import json
from typing import Any

from trace_viewer.ports import connection_to

TIMEOUT_S = 5.0
REQUEST = b"GET /api/receivers HTTP/1.0\r\nHost: localhost\r\n\r\n"


def open_ports(host: str, port: int) -> str:
    """Return which ports are open besides the collector's own, by format; "" if it does not say.

    It says itself, on standard error, why others are not.
    """
    by_format: dict[str, list[str]] = {}
    report = _asked(host, port)
    for row in report.get("receivers", ()):
        if row["open"] and row["port"] != report["port"]:
            number = f"{row['port']}/udp" if row["protocol"] == "udp" else str(row["port"])
            by_format.setdefault(row["format"].partition(",")[0], []).append(number)
    return "; ".join(f"{name} {', '.join(numbers)}" for name, numbers in by_format.items())


def _asked(host: str, port: int) -> dict[str, Any]:
    """Return the answer of `/api/receivers`; nothing if there is none."""
    try:
        with (
            connection_to(host, port, TIMEOUT_S) as connection,
            connection.makefile("rb") as answer,
        ):
            connection.sendall(REQUEST)
            _, _, body = answer.read().partition(b"\r\n\r\n")
        report: dict[str, Any] = json.loads(body)
    except (OSError, ValueError):
        return {}
    return report
