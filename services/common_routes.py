"""What every service has: `/ping`, `/dials` for a teacher, errors as JSON, its own hosts, and a
request log if one is wanted."""

from __future__ import annotations

import ipaddress
import os

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from services import dev_server, errors, request_log, taster_clock
from services.allowed_hosts import AllowedHosts
from services.dials import WrongDialError, dials

routes = Blueprint("common", __name__)

UNTRACED_PATHS = ("/ping", "/dials")
"""What is there for those who run the app. The tracer leaves it out: nobody is kept waiting."""


def add_to(app: Flask, service: str) -> None:
    """Add these routes to `app`; `service` (web, taster) decides which dials it has.

    From then on it only answers requests for an allowed host, whichever server runs it.
    """
    app.config["SERVICE"] = service
    if service == "taster":
        taster_clock.set_wrong()
    app.config["UNTRACED_PATHS"] = UNTRACED_PATHS
    app.config["MAX_CONTENT_LENGTH"] = errors.MAX_BODY_BYTES
    errors.answer_in_json(app)
    app.register_blueprint(routes)
    app.wsgi_app = AllowedHosts(app.wsgi_app, dev_server.host())  # type: ignore[method-assign]
    request_log.add_to(app, service, UNTRACED_PATHS)


@routes.get("/ping")
def ping() -> tuple[str, dict[str, str]]:
    """Answer that the service is up, and which stack it belongs to: that tells `./workshop` from
    another program, or another folder's stack, that happens to have the port."""
    return "pong\n", {"Workshop-Stack": os.environ.get("STACK_ID", "")}


@routes.get("/dials")
def show() -> Response:
    """Answer with the value, the bounds and the purpose of each of the service's dials."""
    _refuse_strangers()
    service = current_app.config["SERVICE"]
    return jsonify(service=service, dials=dials.of(service))


@routes.put("/dials")
def turn() -> Response:
    """Turn the dials named in the JSON body, all or none, and answer with what changed."""
    _refuse_strangers()
    values = errors.sent_json()
    if not isinstance(values, dict) or not values:
        errors.refuse(400, 'send the dials to turn as application/json, as in {"TASTE_MS": 5}')
    try:
        return jsonify(changed=dials.turn(current_app.config["SERVICE"], values))
    except WrongDialError as problem:
        errors.refuse(400, str(problem))


def _refuse_strangers() -> None:
    """Answer other machines with 403, unless DIALS_ANYWHERE allows them (as in a container)."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_loopback and os.environ.get("DIALS_ANYWHERE") != "1":
        errors.refuse(
            403,
            f"the dials can only be turned from this machine, not from {address}."
            " DIALS_ANYWHERE=1 allows it; set that only if the port is not public",
        )
