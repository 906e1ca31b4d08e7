"""The collector's API as `docs/openapi.json` describes it, and values checked against it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.servers import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}

Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    queries: tuple[str, ...]
    """Names of its parameters in the query."""
    content_types: tuple[str, ...]
    """Content types that its body may have; empty if it has no body."""
    responses: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def schema(self, status: int) -> Schema | None:
        """Return the schema of answers with this status; None if they are not JSON."""
        content = resolved(self.responses[str(status)])["content"]
        return content["application/json"]["schema"] if "application/json" in content else None


def operations() -> list[Operation]:
    """Return all operations of the description."""
    return [
        Operation(
            method.upper(),
            path,
            tuple(p["name"] for p in _parameters(described) if p["in"] == "query"),
            tuple(described.get("requestBody", {}).get("content", {})),
            described["responses"],
        )
        for path, methods in DOCUMENT["paths"].items()
        for method, described in methods.items()
    ]


def resolved(value: Any) -> Any:
    """Return what a `$ref` points to; anything else unchanged."""
    while "$ref" in value:
        target: Any = DOCUMENT
        for name in value["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        value = target
    return value


def mismatch(value: object, schema: Schema, place: str = "$") -> str:
    """Return, in words, how the value differs from the schema; empty if it does not.

    It knows only the keywords that the description uses for answers.
    """
    schema = resolved(schema)
    for part in schema.get("allOf", ()):
        if problem := mismatch(value, part, place):
            return problem
    if "oneOf" in schema and sum(not mismatch(value, s, place) for s in schema["oneOf"]) != 1:
        return f"{place} is {value!r}, not one of {schema['oneOf']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place} is {value!r}, not in {schema['enum']}"
    types = schema.get("type", list(PYTHON_TYPES))
    types = [types] if isinstance(types, str) else types
    fits = any(isinstance(value, PYTHON_TYPES[name]) for name in types)
    if not fits or (isinstance(value, bool) and "boolean" not in types):
        return f"{place} is {value!r}, not {types}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return f"{place} is {value!r}, not like {schema['pattern']}"
    if isinstance(value, list) and "items" in schema:
        problems = (mismatch(v, schema["items"], f"{place}[{i}]") for i, v in enumerate(value))
        return next(filter(None, problems), "")
    if isinstance(value, dict):
        return _mismatch_of_object(value, schema, place)
    return ""


def _mismatch_of_object(value: dict[str, Any], schema: Schema, place: str) -> str:
    if missing := [name for name in schema.get("required", ()) if name not in value]:
        return f"{place} has no {', '.join(missing)}"
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    problems = (mismatch(v, known.get(k, others), f"{place}.{k}") for k, v in value.items())
    return next(filter(None, problems), "")


def _parameters(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolved(parameter) for parameter in described.get("parameters", ())]
