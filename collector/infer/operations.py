"""Which records are of the same kind: the operations that the inference reasons about."""

from __future__ import annotations

import re
from typing import NamedTuple

from collector.infer.records import Record
from collector.name_template import template_of

_METHOD = re.compile(r"(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE|CONNECT) ")


class Operation(NamedTuple):
    """What a service does, again and again. The ids in a name do not matter."""

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service} {self.name}".strip()


def operation_of(record: Record) -> Operation:
    """Return the operation that a record is one run of. A call as its caller wrote it down is
    another one than what the caller itself was asked for."""
    name = template_of(record.name.partition("?")[0])
    return Operation(record.service, f"{name} to {record.callee}" if record.callee else name)


def is_request(record: Record) -> bool:
    """Return whether a server wrote this about a request that came in, or a flow shows one.

    A request is never part of another request to the same service; what else a service writes about
    itself, such as the labels of timing.log, may be part of anything it does.
    """
    return not record.callee and (not record.name or bool(_METHOD.match(record.name)))
