"""The rules of the audit that hold."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b

from collector.audit.auditor import Auditor
from collector.audit.rules import Rule, RulesError, read_rules
from collector.store.settings import Setting, SettingError

NAME = "audit.rules"
"""The setting's."""


class AuditBook:
    """The text of the rules, and the auditor that checks by them. Thread-safe."""

    def __init__(self, setting: Setting, auditor: Auditor, to_begin_with: str = "") -> None:
        """Read the rules in the setting. As long as nobody has put any there, the others hold,
        which must be right."""
        self._setting = setting
        self._lock = threading.Lock()
        self.auditor = auditor
        self.problem = ""
        """Why the rules that were put do not hold, in a sentence."""
        self._use(*self._stored(to_begin_with))

    @property
    def text(self) -> str:
        """The rules that hold, as they were written."""
        self._follow()
        return self._text

    @property
    def version(self) -> str:
        """Another one for other rules."""
        return blake2b(self.text.encode(), digest_size=8).hexdigest()

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules that hold."""
        self._follow()
        return self.auditor.tally.judge.rules

    def replace(self, text: str) -> None:
        """Let other rules hold from now on. Raises `RulesError` if they can't be read,
        `SettingError` if they cannot be written."""
        rules = read_rules(text)
        with self._lock:
            self._setting.write(text.encode())
            self._use(text, rules)
            self.problem = ""

    def _use(self, text: str, rules: Sequence[Rule]) -> None:
        self._text = text
        self.auditor.use(rules)

    def _stored(self, to_begin_with: str) -> tuple[str, Sequence[Rule]]:
        try:
            content = self._setting.read()
            text = to_begin_with if content is None else content.decode("utf-8")
            return text, read_rules(text)
        except (SettingError, UnicodeDecodeError, RulesError) as problem:
            self.problem = f"the audit's rules in {self._setting.name} do not hold: {problem}"
            return to_begin_with, read_rules(to_begin_with)

    def _follow(self) -> None:
        """Let those rules hold that another collector was given, if there are any."""
        content = self._setting.changed()
        if content is not None:
            text = content.decode("utf-8")
            with self._lock, suppress(RulesError):  # a later version's: the old ones hold
                self._use(text, read_rules(text))
                self.problem = ""
