"""The tags of an X-Ray segment: by OpenTelemetry's names where there is one, else by their own."""

from __future__ import annotations

from collections.abc import Mapping

_HTTP_REQUEST = {
    "method": "http.request.method",
    "url": "url.full",
    "user_agent": "user_agent.original",
    "client_ip": "client.address",
}
_HTTP_RESPONSE = {
    "status": "http.response.status_code",
    "content_length": "http.response.body.size",
}
_SQL = {
    "sanitized_query": "db.query.text",
    "database_type": "db.system.name",
    "user": "db.user",
}
_SERVICE = {"version": "service.version"}
_PLAIN = {"user": "enduser.id", "namespace": "aws.xray.namespace", "origin": "aws.xray.origin"}
_FLAGS = ("fault", "error", "throttle")
OUR_NAMESPACE = "beer_and_donuts"
"""The metadata of what was sent on by us: a span's tags, as they are."""


def tags_of(segment: Mapping[str, object]) -> dict[str, object]:
    """Return the tags of a segment, given by its fields' names.

    Annotations keep their keys; metadata, which is by namespace, gets it before its key.
    """
    tags: dict[str, object] = {}
    http = _map(segment["http"])
    _add(tags, _map(http.get("request")), _HTTP_REQUEST, "http.request.")
    _add(tags, _map(http.get("response")), _HTTP_RESPONSE, "http.response.")
    _add(tags, _map(segment["sql"]), _SQL, "db.")
    if "db.system.name" in tags:
        tags["db.system.name"] = str(tags["db.system.name"]).lower()  # `PostgreSQL`, to X-Ray
    _add(tags, _map(segment["aws"]), {}, "aws.")
    _add(tags, _map(segment["service"]), _SERVICE, "service.")
    for namespace, values in _map(segment["metadata"]).items():
        prefix = "" if namespace == OUR_NAMESPACE else f"metadata.{namespace}."
        _add(tags, _map(values), {}, prefix)
    for field, name in _PLAIN.items():
        if segment[field]:
            tags[name] = segment[field]
    for flag in _FLAGS:
        if segment[flag]:
            tags[f"aws.xray.{flag}"] = True
    if isinstance(segment["cause"], str):
        tags["aws.xray.cause"] = segment["cause"]  # the id of an exception in another segment
    return tags | _map(segment["annotations"])


def _add(
    tags: dict[str, object], values: Mapping[str, object], names: Mapping[str, str], prefix: str
) -> None:
    for key, value in values.items():
        tags[names.get(key, prefix + key)] = value


def _map(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
