"""Ids of traces and spans in the forms in which people copy them from elsewhere."""

from __future__ import annotations

import re
from typing import NamedTuple

WHOLE_DIGITS = 32
"""Hex digits of a trace id."""
HALF_DIGITS = 16
"""Hex digits of a span id, of the lower half of a trace id, and of the ids of traces that have no
upper half."""
_MIN_DIGITS = 15
"""A text with fewer digits is not taken for an id: one id in sixteen has a leading zero that was
left out, one in 256 has two."""
_MAX_CHARS = 2_000

_WHOLE, _HALF = "[0-9a-f]{32}", "[0-9a-f]{16}"
_FORMS = [
    re.compile(form)
    for form in (
        rf"[0-9a-f]{{2}}-(?P<trace>{_WHOLE})-(?P<span>{_HALF})(?:-[0-9a-f]{{2}}.*)?",  # traceparent
        rf"(?P<trace>{_WHOLE}|{_HALF})-(?P<span>{_HALF})(?:-[01d](?:-{_HALF})?)?",  # b3
        r"(?P<trace>[0-9a-f]{15,32}):(?P<span>[0-9a-f]{1,16}):[0-9a-f]{1,16}:[0-9a-f]{1,2}",  # uber
        r"(?:root=)?1-(?P<trace>[0-9a-f]{8}-[0-9a-f]{24})(?:;.*)?",  # AWS X-Ray
        r"\{?(?P<trace>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?",  # a UUID
        r"0x(?P<trace>[0-9a-f]{1,32})",
        r"(?P<trace>[0-9a-f]{15,39})",
    )
]
_ADDRESS = re.compile(r"[a-z]+://[^\s?#]*/(?:trace|traces)/([0-9a-f]{1,39})(?=[/?#]|\Z)([^\s]*)")
_SPAN_IN_ADDRESS = re.compile(r"(?:/span/|[?&]span=|[?&]uifind=)([0-9a-f]{1,16})(?![0-9a-f])")
_HEADER = re.compile(
    r"""(?:-h\s+)?["']?(?P<name>traceparent|traceresponse|x-datadog-trace-id|x-b3-traceid|b3
    |uber-trace-id|x-amzn-trace-id|(?:dd\.|otel\.|trace\.)?trace[_.-]?id|trace\s+id
    |(?:dd\.)?span[_.-]?id|span\s+id)["']?\s*[:=]\s*""",
    re.VERBOSE,
)
_AROUND = " \t\r\n\u00a0\u200b\ufeff\"'`“”‘’<>[]()."


class PastedId(NamedTuple):
    """The ids that a text can be."""

    wholes: tuple[str, ...] = ()
    """Whole trace ids, with 32 hex digits."""
    halves: tuple[str, ...] = ()
    """Ids with 16 hex digits: lower halves of trace ids, or span ids."""
    span: str = ""
    """A span that the text names beside its trace, as 16 hex digits; "" if none."""


NO_ID = PastedId()


def pasted_id(text: str) -> PastedId:
    """Return the ids that the whole text can be; `NO_ID` if it is something else."""
    if len(text) > _MAX_CHARS:
        return NO_ID
    folded = text.lower().strip(_AROUND)
    if address := _ADDRESS.fullmatch(folded):
        digits, rest = address.groups()
        span = _SPAN_IN_ADDRESS.search(rest)
        return id_of_digits(digits, span[1].zfill(HALF_DIGITS) if span else "")
    if header := _HEADER.match(folded):
        folded = folded[header.end() :].strip(_AROUND + ",;")
        if folded.isalnum() and folded.isascii():
            return id_of_digits(folded)
    for form in _FORMS:
        if match := form.fullmatch(folded):
            groups = match.groupdict()
            named = groups.get("span")
            digits = groups["trace"].replace("-", "")
            return id_of_digits(digits, named.zfill(HALF_DIGITS) if named else "")
    return NO_ID


def id_of_digits(digits: str, span: str = "") -> PastedId:
    """Return the ids that these digits can be, hexadecimal ones or, as Datadog writes them, decimal
    ones; `NO_ID` if they are neither."""
    wholes, halves = [], []
    if len(digits) <= WHOLE_DIGITS and not digits.strip("0123456789abcdef") and digits:
        if len(digits) > HALF_DIGITS:
            wholes.append(digits.zfill(WHOLE_DIGITS))
        else:
            halves.append(digits.zfill(HALF_DIGITS))
    if digits.isascii() and digits.isdigit() and len(digits) <= 39:
        number = int(digits)
        if number < 2**64:
            halves.append(f"{number:016x}")
        elif number < 2**128:
            wholes.append(f"{number:032x}")
    return PastedId(tuple(wholes), tuple(dict.fromkeys(halves)), span)
