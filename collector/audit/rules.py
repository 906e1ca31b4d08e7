"""The rules of an audit, and the text that people write them in: one rule per line.

    only web may call taster              # and nobody else may
    only taster may run palate.*          # spans of this name are the taster's alone
    never locust calls db
    web, outside may call "menu printer"  # forbids nothing, and the map shows whether anybody does

docs/audit.md is for those who write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from collector import limits

MAX_BYTES = 64 * 1024
"""Size of all rules together, as text."""
MAX_RULES = 200
MAX_NAMES = 50
"""Names on one side of a rule."""
MAX_WILDCARDS = 8
"""Stars and question marks in one name."""
OUTSIDE = ""
"""The caller of a call without a trace context: nobody knows who it was."""
OUTSIDE_WORD = "outside"
SEVERAL = "*?"
_NO_NAMES = (",", "may", "only", "never", "call", "calls", "run", "runs")
_OWN_WORDS = {*_NO_NAMES, OUTSIDE_WORD}

_TOKEN = re.compile(
    r'\s*(?:(?P<comment>#.*)|(?P<comma>,)|"(?P<quoted>(?:[^"\\]|\\["\\])*)"|'
    r'(?P<word>[^\s,"#]+))'
)
_FORMS = "write “only A may call B”, “never A calls B”, “A may call B”, or “run” in place of “call”"
_SHOWN_CHARS = 40


class RulesError(ValueError):
    """Rules that cannot be read; the message says in which line, why, and what to do."""


class Name(NamedTuple):
    """What a rule says of a name."""

    pattern: str
    """A `*` stands for any characters, a `?` for one; `OUTSIDE` for whoever is not known."""
    is_outside: bool = False

    def fits(self, name: str) -> bool:
        """Return whether the name is meant. A star means those from outside, too."""
        if name == OUTSIDE:
            return self.is_outside or self.pattern == "*"
        return not self.is_outside and fnmatchcase(name, self.pattern.replace("[", "[[]"))

    @property
    def is_exact(self) -> bool:
        """Whether it means one name only."""
        return not any(character in self.pattern for character in SEVERAL)


class Rule(NamedTuple):
    """One rule."""

    kind: str
    """`only`, `never` or `may`."""
    subjects: tuple[Name, ...]
    """Who calls, or runs."""
    verb: str
    """`call` or `run`."""
    objects: tuple[Name, ...]
    """Who is called, or the names of the spans that are run."""
    line: int
    """Where it stands, from 1."""
    text: str
    """As it was written, without comment."""

    def permits(self, subject: str) -> bool:
        """Return whether it names the subject."""
        return any(name.fits(subject) for name in self.subjects)

    def is_about(self, verb: str, object_: str) -> bool:
        """Return whether it says something about calls of this service, or runs of this span."""
        return verb == self.verb and any(name.fits(object_) for name in self.objects)


def read_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules in a text.

    Raises `RulesError` if a line is no rule, or if there is too much of anything.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RulesError(f"the rules are larger than {MAX_BYTES:,} bytes; use wildcards")
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        try:
            words, written = _words(line)
            if words:
                rules.append(_rule(words, number, written))
        except RulesError as problem:
            raise RulesError(f"line {number}: {problem}") from None
        if len(rules) > MAX_RULES:
            raise RulesError(f"line {number}: more than {MAX_RULES} rules; use wildcards")
    return tuple(rules)


class _Word(NamedTuple):
    text: str
    quoted: bool = False

    def says(self, *words: str) -> bool:
        return not self.quoted and self.text in words


def _words(line: str) -> tuple[list[_Word], str]:
    """Return the words of a line, and the line without its comment."""
    words: list[_Word] = []
    position = 0
    end = len(line.rstrip())
    while position < end:
        token = _TOKEN.match(line, position)
        if token is None:
            raise RulesError("a quote is not closed: put one at the end of the name")
        if token["comment"] is not None:
            return words, line[:position].strip()
        if token["quoted"] is not None:
            words.append(_Word(re.sub(r"\\(.)", r"\1", token["quoted"]), quoted=True))
        else:
            words.append(_Word(token["comma"] or token["word"]))
        position = token.end()
    return words, line.strip()


def _rule(words: Sequence[_Word], line: int, text: str) -> Rule:
    """Return the rule in the words of a line. Raises `RulesError` if there is none."""
    left = list(words)
    kind = left.pop(0).text if left[0].says("only", "never") else "may"
    subjects, left = _names(left, "who calls")
    if kind != "never":
        left = _without(left, ("may",), text)
    verb = "run" if left and left[0].says("run", "runs") else "call"
    left = _without(left, ("call", "calls", "run", "runs"), text)
    objects, left = _names(left, "whom" if verb == "call" else "which span")
    if left:
        raise RulesError(f"what does {_shown(left[0])} mean here? One rule per line: {_FORMS}")
    if any(name.is_outside for name in objects):
        raise RulesError(f"{OUTSIDE_WORD!r} can only call: nobody knows what is called there")
    if verb == "run" and any(name.is_outside for name in subjects):
        raise RulesError(f"{OUTSIDE_WORD!r} runs nothing: every span names its service")
    return Rule(kind, subjects, verb, objects, line, text)


def _without(words: list[_Word], expected: tuple[str, ...], text: str) -> list[_Word]:
    """Return the words after one of those expected. Raises `RulesError` if none comes first."""
    if not words or not words[0].says(*expected):
        met = f", not {_shown(words[0])}," if words else ""
        wanted = " or ".join(f"“{word}”" for word in expected[:1] + expected[2:3])
        raise RulesError(f"{wanted} is missing{met} in {text[:_SHOWN_CHARS]!r}: {_FORMS}")
    return words[1:]


def _names(words: Sequence[_Word], role: str) -> tuple[tuple[Name, ...], list[_Word]]:
    """Return the names that the words begin with, and the words after them.

    Raises `RulesError` if there is no name, or one that cannot be.
    """
    names: list[Name] = []
    left = list(words)
    while True:
        if not left or left[0].says(*_NO_NAMES):
            met = f", not {_shown(left[0])}" if left else ""
            hint = "; put a name that is such a word in quotes" if left else ""
            raise RulesError(f"a name is missing ({role}){met}: {_FORMS}{hint}")
        names.append(_name(left.pop(0)))
        if len(names) > MAX_NAMES:
            raise RulesError(f"more than {MAX_NAMES} names in a list; use wildcards")
        if not left or not left[0].says(","):
            return tuple(names), left
        left.pop(0)


def _name(word: _Word) -> Name:
    if word.says(OUTSIDE_WORD):
        return Name(OUTSIDE, is_outside=True)
    if not word.text:
        raise RulesError('a name is empty; "(no name)" means services without a name')
    if len(word.text) > limits.NAME_CHARS:
        raise RulesError(f"a name has more than {limits.NAME_CHARS} characters; use wildcards")
    if sum(word.text.count(character) for character in SEVERAL) > MAX_WILDCARDS:
        raise RulesError(f"{_shown(word)} has more than {MAX_WILDCARDS} wildcards")
    if not word.text.isprintable():
        raise RulesError(f"{_shown(word)} has a character that can't be printed: write ? for it")
    return Name(word.text)


def _shown(word: _Word) -> str:
    return repr(word.text[:_SHOWN_CHARS])


def quoted(name: str) -> str:
    """Return a name as a rule has it: in quotes if it would mean something else without, and with a
    `?` for what does not fit into a line."""
    name = "".join(character if character.isprintable() else "?" for character in name)
    if name in _OWN_WORDS or re.search(r'[\s,"#]', name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return name
