"""The tags of an exception, without the data that libraries quote in its text.

An app that puts data into the text of an exception of its own wants it there. But libraries quote
what they were given: statements with their parameters, commands with their values, addresses with
queries and passwords. What they say of the reason is kept, and the quotes are not.
"""

from __future__ import annotations

import re
import traceback
from collections import deque
from types import TracebackType
from typing import Any

from .containment import contained, type_name
from .text import to_text

_MAX_FRAMES = 30
"""Innermost frames kept of a stack."""

_QUALNAME = type.__dict__["__qualname__"]
_MODULE = type.__dict__["__module__"]
_MRO = type.__dict__["__mro__"]
_TRACEBACK = BaseException.__dict__["__traceback__"]

_HTTP = frozenset(("requests", "urllib3", "http", "urllib"))
_DATABASES = frozenset(
    """sqlalchemy sqlite3 psycopg psycopg2 asyncpg pg8000 pymysql MySQLdb mysql aiomysql aiosqlite
    oracledb cx_Oracle pyodbc pymssql""".split()  # noqa: SIM905
)
"""Packages of which the exceptions are about a statement."""

_APPENDED = re.compile(r"\s*(?:\[SQL: |\[parameters: |\bDETAIL: ).*", re.DOTALL)
"""What SQLAlchemy and PostgreSQL add below the reason."""
_PIPELINED = re.compile(r"Command # \d+ \(.*\) of pipeline caused error: ", re.DOTALL)
"""What redis puts before the reason: the command with its values."""
_ARGUMENTS = re.compile(r",? with args beginning with:.*", re.DOTALL)
_QUOTED = re.compile(r"""(?<!\w)b?['"`](?:.*['"`](?!\w)|.*)""", re.DOTALL)
"""From the first quote to the last one: what is between may contain quotes, too."""
_IN_PARENTHESES = re.compile(r"\(.*\)", re.DOTALL)
_NUMBER = re.compile(r"\b\d[\w.]*")
_QUERY = re.compile(r"( url: [^\s?#]*)[?#].*?(?= \(Caused by |\Z)", re.DOTALL)
_BYTES = re.compile(r"(?:BadStatusLine\(|\bgot length b)(['\"]).*?\1", re.DOTALL)
_WORD = re.compile(r"\S+")


def error_tags(error: BaseException) -> dict[str, str]:
    """Return the tags `error.type`, `error.message` and `error.stack` of an exception."""
    name = type_name(type(error))
    tags = {"error.type": name}
    with contained:  # what follows looks at properties that the exception may have redefined
        name = tags["error.type"] = _qualified_name(type(error))
        message = tags["error.message"] = _message(error)
        # Source lines, but not the chained exceptions: their texts would have to be looked at, too.
        frames = _innermost(error, _MAX_FRAMES)
        lines = traceback.format_tb(frames[0]) if frames else []
        tags["error.stack"] = to_text("".join(lines) + f"{name}: {message}")
    return tags


def _qualified_name(kind: type) -> str:
    name, module = to_text(_QUALNAME.__get__(kind)), to_text(_MODULE.__get__(kind))
    return name if module in ("builtins", "__main__") else f"{module}.{name}"


def _innermost(error: BaseException, most: int) -> deque[TracebackType]:
    """Return the last entries of the exception's traceback, the innermost last.

    `traceback` can do that, too, but it looks at all the others first, which takes milliseconds
    for each span of a deep recursion.
    """
    entries: deque[TracebackType] = deque(maxlen=most)
    entry: TracebackType | None = _TRACEBACK.__get__(error)
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    return entries


def _message(error: BaseException) -> str:
    """Return what went wrong, without the app's data."""
    origin: Any = getattr(error, "orig", None)  # SQLAlchemy's errors have the driver's own
    if issubclass(type(origin), BaseException):
        return _database_reason(origin)
    packages = _packages(error)
    if not packages.isdisjoint(_HTTP):
        return _http_reason(error)
    if "redis" in packages:
        return _redis_reason(to_text(error))
    if not packages.isdisjoint(_DATABASES) and type_name(type(error)) != "TimeoutError":
        return _database_reason(error)
    return _without_quotes_of_libraries(to_text(error))


def _packages(error: BaseException) -> set[str]:
    """Return the packages that the exception's classes come from, or that raised a built-in one."""
    modules = [to_text(_MODULE.__get__(kind)) for kind in _MRO.__get__(type(error))]
    if modules[0] == "builtins":
        for entry in _innermost(error, 1):
            modules.append(to_text(entry.tb_frame.f_globals.get("__name__")))
    return {module.partition(".")[0] for module in modules}


def _database_reason(error: BaseException) -> str:
    """Return a driver's message without quotes, numbers and what is in parentheses.

    Its first line is enough: PostgreSQL quotes the row in the next one. MySQL's drivers have a
    number and a message.
    """
    arguments = error.args
    is_numbered = len(arguments) == 2 and type(arguments[0]) is int
    reason = to_text(arguments[1] if is_numbered else error).partition("\n")[0]
    reason = _QUOTED.sub("?", _APPENDED.sub("", reason))
    return _NUMBER.sub("?", _IN_PARENTHESES.sub("(?)", reason))


def _redis_reason(text: str) -> str:
    """Return a message of Redis without the command that it quotes."""
    *_, reason = _PIPELINED.split(text)
    if "user_script" in reason or "user_function" in reason:
        return "the script failed"  # with words of its own, in which there may be arguments
    return _without_quotes_of_libraries(_QUOTED.sub("?", _ARGUMENTS.sub("", reason)))


def _http_reason(error: BaseException) -> str:
    """Return a message of an HTTP client without query and password.

    Of an address or a header that makes no sense, nothing is kept: where in it would the secret
    begin?
    """
    name = type_name(type(error))
    is_about_value = issubclass(type(error), ValueError) or name.startswith(
        ("Invalid", "BadStatus")
    )
    if is_about_value and name != "JSONDecodeError":
        return to_text(_first_line(type(error)) or name)
    text = _BYTES.sub("?", _QUERY.sub(r"\1?…", to_text(error)))
    return _without_quotes_of_libraries(text)


def _first_line(kind: type) -> str:
    """Return what a class says it is about; requests' say it well."""
    return (kind.__doc__ or "").strip().partition("\n")[0]


def _without_quotes_of_libraries(text: str) -> str:
    """Return a text without what libraries append to theirs, which an app may have included."""
    text = _PIPELINED.sub("", _APPENDED.sub("", text))
    if "/" not in text:
        return text
    return _WORD.sub(lambda word: _without_query(word.group()), text)


def _without_query(word: str) -> str:
    """Return an address without its query, its fragment, and who logs in there with what."""
    scheme, separator, rest = word.partition("://") if "://" in word else ("", "", word)
    if separator:
        authority, slash, path = rest.partition("/")
        user, _, host = authority.rpartition("@")
        port = "" if "]" in host else host.partition(":")[2].rstrip("'\"),.;:?#!")
        is_odd = "?" in user or "#" in user or "@" in re.split(r"[?#]", path, maxsplit=1)[0]
        if is_odd or (port and not port.isdecimal()):
            return f"{scheme}://…"  # perhaps a password with a slash or a question mark in it
        rest = f"{host}{slash}{path}"
    elif not word.lstrip("'\"(<[").startswith("/"):
        return word
    kept = re.split(r"[?#]", rest, maxsplit=1)[0]
    return f"{scheme}{separator}{kept}" + ("?…" if len(kept) < len(rest) - 1 else rest[len(kept) :])
