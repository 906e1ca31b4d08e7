"""What to say of a word on the command line that means nothing: which word may have been meant."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from tutor.errors import UsageError


class Parser(argparse.ArgumentParser):
    """The argument parser of one command, which suggests what may have been meant."""

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the arguments. Raises `UsageError` if there is one too many."""
        found, left = self.parse_known_args(arguments)
        if not left:
            return found
        first = left[0].partition("=")[0]
        kind = "option" if first.startswith("-") else "place for"
        hint = did_you_mean(first, self._option_string_actions) if kind == "option" else ""
        raise UsageError(f"{self.prog} has no {kind} {first!r}.{hint} See {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as problem:
            problem.message += f".{did_you_mean(str(value), map(str, action.choices or ()))}"
            raise


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return a sentence, with a space before it, that asks for the one of `known` that is nearest
    to `wrong`; "" if none is near."""
    near = difflib.get_close_matches(wrong.lower(), list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""
