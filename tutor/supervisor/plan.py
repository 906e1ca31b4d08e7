"""What the stack consists of: five processes, a sixth for load, and how they find each other."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tutor.errors import NotReadyError
from tutor.paths import ROOT, data_dir, mine_dir
from tutor.ports import LOOPBACK, holder, is_free, next_free, wait_until_free
from tutor.redis_server import NoRedisError, find_redis_server
from tutor.supervisor.app import FINISHED, App
from tutor.supervisor.service import Service, redis_answers

DEFAULT_PORTS = {
    "redis": 6379,
    "collector": 8126,
    "ui": 8080,
    "taster": 5001,
    "web": 5000,
    "locust": 8089,
}
"""The processes of the stack and the ports that they use if these are free."""

STUDIED = ("taster", "web")
"""Those that run the app's code."""

AUDIT_RULES = "audit.rules"
"""The file beside an app's code that says who may call whom, if there is one."""

DEMO_USERS = 3
"""How many visitors the demo's load simulates: enough to see traffic, too few to queue for long."""


NOWHERE = f"http://{LOOPBACK}:9"
"""Where the tracers send to if there is no collector: the port of the discard service (RFC 863),
not the usual one of a collector, where another stack's may be."""


def members(load: bool, *, collector: bool = True) -> list[str]:
    """Return the names of the processes to start, without Redis if `REDIS_URL` names one, and
    without the collector and the UI if there is to be no `collector`.

    Raises `NotReadyError` if that Redis does not answer.
    """
    left_out = {*(() if load else ("locust",)), *(() if collector else ("collector", "ui"))}
    names = [name for name in DEFAULT_PORTS if name not in left_out]
    redis_url = os.environ.get("REDIS_URL")
    if not redis_url:
        return names
    address = urlsplit(redis_url)
    if not redis_answers(address.hostname or LOOPBACK, address.port or DEFAULT_PORTS["redis"]):
        raise NotReadyError(
            f"no Redis answers at REDIS_URL={redis_url}."
            " Start it, or unset REDIS_URL to use the workshop's own."
        )
    return [name for name in names if name != "redis"]


def choose_ports(
    names: Collection[str], requested: Mapping[str, int]
) -> tuple[dict[str, int], list[str]]:
    """Return a free port for each of `names`, and a note for each that can't have its usual one.

    Raises `NotReadyError` if a port in `requested` is not free.
    """
    ports: dict[str, int] = {}
    notes = []
    for name in names:
        if name in requested:
            port = requested[name]
            if not wait_until_free(port):
                raise NotReadyError(
                    f"port {port} for {name} is taken by {holder(port)}."
                    f" Stop it, or choose another: --{name}-port N"
                )
            ports[name] = port
    for name in names:
        if name in ports:
            continue
        usual = DEFAULT_PORTS[name]
        if usual not in ports.values() and is_free(usual):
            ports[name] = usual
            continue
        who = "another process of the stack" if usual in ports.values() else holder(usual)
        others = {*ports.values(), *DEFAULT_PORTS.values()}
        ports[name] = next_free(usual + 1, reserved=others)
        notes.append(f"port {usual} is taken by {who}: {name} uses {ports[name]}")
    return ports, notes


def services(
    ports: Mapping[str, int],
    data: Path | None = None,
    app: App = FINISHED,
    *,
    open_ports: bool = False,
    forward: str = "",
) -> list[Service]:
    """Return the processes to start for `ports`, with `app` as web and taster.

    `open_ports` has the collector listen on the usual ports of other clients, too; `forward` is
    where it sends on what it stores, as its option of that name wants it.
    Only Locust waits for the others: they all tolerate a missing peer. Raises `NotReadyError` if
    there is no Redis server to start.
    """
    data = data or data_dir()
    redis = [redis_server(ports["redis"], data)] if "redis" in ports else []
    commands = {
        "collector": ("-m", "collector", *(("--forward", forward) if forward else ())),
        "ui": ("-m", "ui"),
        "taster": app.command("taster"),
        "web": app.command("web"),
    }
    rules = app.folder / AUDIT_RULES
    env = environment(ports, data, app) | {
        "COLLECTOR_OPEN": str(open_ports),
        "COLLECTOR_AUDIT": str(rules) if rules.is_file() else "",
    }
    # Nobody but this machine can ask: the stack listens on its loopback address.
    of_the_app = {"TRACE_HISTORY": os.environ.get("TRACE_HISTORY") or "ask", **env}
    of_the_app["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT, *app.packages)))
    processes = redis + [
        Service(
            name,
            (sys.executable, *command),
            ports[name],
            {**(of_the_app if name in STUDIED else env), "PORT": str(ports[name])},
            keeps_umask=app.reloads and name in STUDIED,
            is_studied=name in STUDIED,
        )
        for name, command in commands.items()
        if name in ports
    ]
    if "locust" in ports:
        needs = tuple(service.name for service in processes)
        command = locust_command(env["WEB_URL"], ports["locust"])
        processes.append(Service("locust", command, ports["locust"], env, needs, ready_path="/"))
    return processes


def environment(ports: Mapping[str, int], data: Path, app: App = FINISHED) -> dict[str, str]:
    """Return every process's variables: where the others are, and where to keep its data."""
    urls = {
        f"{name.upper()}_URL": f"http://{LOOPBACK}:{port}"
        for name, port in ports.items()
        if name != "redis"
    }
    if "redis" in ports:  # else REDIS_URL is set already
        urls["REDIS_URL"] = f"redis://{LOOPBACK}:{ports['redis']}/0"
    logs = {"LOG_DIR": str(app.logs)} if app.logs else {}
    return {
        "COLLECTOR_URL": NOWHERE,
        **urls,
        **logs,
        "HOST": LOOPBACK,
        "DATA_DIR": str(data),
        "COURSE_STATE": str(mine_dir() / ".progress"),
        "VERSION": app.version,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def redis_server(port: int, data: Path) -> Service:
    """Return a Redis that keeps nothing on disk: the app fills it when it finds it empty.

    Raises `NotReadyError` if no Redis server is installed.
    """
    try:
        program = str(find_redis_server())
    except NoRedisError as problem:
        raise NotReadyError(str(problem)) from None
    options = f"--port {port} --bind {LOOPBACK} --dir".split()
    return Service("redis", (program, *options, str(data), "--save", ""), port, ready_path="")


def locust_command(web_url: str, port: int) -> tuple[str, ...]:
    """Return the command for Locust with its own page, running a few visitors against `web_url`."""
    options = f"--host {web_url} --web-host {LOOPBACK} --web-port {port} --autostart".split()
    options += f"--users {DEMO_USERS} --spawn-rate 1".split()
    return (sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", *options)
