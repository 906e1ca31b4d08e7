"""panel: what every service has: JSON for errors, `/ping`, and `/dials` for a teacher."""

from __future__ import annotations

import ipaddress
import os

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from services import errors
from services.dials import WrongDialError, dials

routes = Blueprint("panel", __name__)


def add_to(app: Flask, service: str) -> None:
    """Give `app` its panel; `service` says which dials are on it."""
    app.config["SERVICE"] = service
    app.config["MAX_CONTENT_LENGTH"] = errors.MAX_BODY_BYTES
    errors.answer_in_json(app)
    app.register_blueprint(routes)


@routes.get("/ping")
def ping() -> str:
    """Say that the service is there."""
    return "pong\n"


@routes.get("/dials")
def show() -> Response:
    """Tell where the service's dials stand, how far each one turns and why it is there."""
    _refuse_strangers()
    service = current_app.config["SERVICE"]
    return jsonify(service=service, dials=dials.of(service))


@routes.put("/dials")
def turn() -> Response:
    """Turn the dials named in the JSON body, all of them or none, and tell what changed."""
    _refuse_strangers()
    wanted = errors.sent_json()
    if not isinstance(wanted, dict) or not wanted:
        errors.refuse(400, 'send the dials to turn as application/json, as in {"TASTE_MS": 5}')
    try:
        return jsonify(changed=dials.turn(current_app.config["SERVICE"], wanted))
    except WrongDialError as problem:
        errors.refuse(400, str(problem))


def _refuse_strangers() -> None:
    """Answer 403 to other machines, unless DIALS_ANYWHERE allows them (as in a container)."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_loopback and os.environ.get("DIALS_ANYWHERE") != "1":
        errors.refuse(
            403,
            f"the dials can only be turned on the machine itself, not from {address}."
            " DIALS_ANYWHERE=1 allows it; use that only where the port is not public",
        )
