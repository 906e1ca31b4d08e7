"""What a log's line is about, in the form of a span's resource."""

from __future__ import annotations

from collector.limits import NAME_CHARS, cut

MAX_ID_CHARS = 200


def request_name(request: str) -> str:
    """Return the name of a request as logs write it: `GET /pair/beer` of
    `GET /pair/beer?name=ipa HTTP/1.1`."""
    method, _, rest = request.partition(" ")
    address = rest.rpartition(" HTTP/")[0] or rest
    path = address.partition("?")[0].partition("#")[0]
    return cut(f"{method} {path}".strip(), NAME_CHARS)


def name(text: str) -> str:
    """Return a service's or an operation's name, cut if it is long."""
    return cut(text, NAME_CHARS)


def given(text: str | None) -> str:
    """Return an id, an address or a thread as a line has it: empty for a dash, as logs write what
    they do not know."""
    return "" if not text or text == "-" else cut(text, MAX_ID_CHARS)
