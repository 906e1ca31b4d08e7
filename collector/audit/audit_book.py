"""The rules of the audit that hold, kept in a file."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from collector.audit.auditor import Auditor
from collector.audit.rules import Rule, RulesError, read_rules
from collector.sampling.settings_file import write_settings

FILE_NAME = "audit.rules"


class AuditBook:
    """The text of the rules, and the auditor that checks by them. Thread-safe."""

    def __init__(self, file: Path, auditor: Auditor, to_begin_with: str = "") -> None:
        """Read the rules in `file`. As long as nobody has put any there, the others hold, which
        must be right."""
        self._file = file
        self._lock = threading.Lock()
        self.auditor = auditor
        self.problem = ""
        """Why the rules in the file do not hold, in a sentence."""
        self._use(*self._stored(to_begin_with))

    @property
    def text(self) -> str:
        """The rules that hold, as they were written."""
        return self._text

    @property
    def version(self) -> str:
        """Another one for other rules."""
        return blake2b(self._text.encode(), digest_size=8).hexdigest()

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules that hold."""
        return self.auditor.tally.judge.rules

    def replace(self, text: str) -> None:
        """Let other rules hold from now on. Raises `RulesError` if they can't be read, `OSError` if
        they cannot be written."""
        rules = read_rules(text)
        with self._lock:
            write_settings(self._file, text.encode())
            self._use(text, rules)
            self.problem = ""

    def _use(self, text: str, rules: Sequence[Rule]) -> None:
        self._text = text
        self.auditor.use(rules)

    def _stored(self, to_begin_with: str) -> tuple[str, Sequence[Rule]]:
        try:
            text = self._file.read_text(encoding="utf-8")
            return text, read_rules(text)
        except FileNotFoundError:
            return to_begin_with, read_rules(to_begin_with)
        except (OSError, UnicodeDecodeError, RulesError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            self.problem = f"the audit's rules in {self._file.name} do not hold: {reason}"
            return to_begin_with, read_rules(to_begin_with)
