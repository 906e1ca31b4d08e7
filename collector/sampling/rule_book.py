"""The rules that hold, and what tracers have decided by them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from collector.sampling.head_rule import HeadRule, Rules, RulesError, read_rules
from collector.store.settings import Setting, SettingError

RATE_WINDOW_S = 10.0
"""Time over which decisions are counted to say how many there are a second."""
MAX_REPORTS = 10_000
MAX_FOLLOWERS = 100
"""Services that are remembered as asking; the one that has not asked for longest goes first."""


class Decided(NamedTuple):
    """What one process has decided by one rule."""

    matched: int
    kept: int


class Follower(NamedTuple):
    """A service whose tracer asks for the rules."""

    service: str
    seconds_ago: float
    """When it last asked."""
    has_these: bool
    """Whether it said then that it had the rules that hold."""


class RuleBook:
    """The rules, and their counts since they came to hold. Thread-safe."""

    def __init__(self, setting: Setting, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the rules in the setting; if there are none that can be read, none hold."""
        self._setting = setting
        self._clock = clock
        self._lock = threading.Lock()
        self.problem = ""
        """Why the rules that were set do not hold, in a sentence."""
        self._matched: list[int] = []
        self._kept: list[int] = []
        self._asked: OrderedDict[str, tuple[float, str]] = OrderedDict()
        """By service: when it last asked, and which version it had."""
        self._use(self._stored())

    @property
    def rules(self) -> Sequence[HeadRule]:
        """The rules that hold; not to be changed."""
        self._follow()
        return self._rules

    @property
    def version(self) -> str:
        """Another one for other rules."""
        self._follow()
        return self._version

    def replace(self, rules: list[HeadRule]) -> None:
        """Let other rules hold from now on. Raises `SettingError` if they cannot be
        written."""
        with self._lock:
            self._setting.write(msgspec.json.format(_encoded(rules), indent=1))
            self._use(rules)
            self.problem = ""

    def count(self, version: str, decided: Sequence[Decided]) -> None:
        """Add what a process has decided by the rules of a version. Those of others are gone."""
        with self._lock:
            if version != self._version or len(decided) != len(self._rules):
                return
            self._matched = [a + b.matched for a, b in zip(self._matched, decided, strict=True)]
            self._kept = [a + b.kept for a, b in zip(self._kept, decided, strict=True)]
            self._reports.append((self._clock(), tuple(decided)))

    def note_question(self, service: str, version: str) -> None:
        """Remember that a service has asked for the rules, and which version it has."""
        with self._lock:
            self._asked[service] = (self._clock(), version)
            self._asked.move_to_end(service)
            if len(self._asked) > MAX_FOLLOWERS:
                self._asked.popitem(last=False)

    def followers(self) -> list[Follower]:
        """Return the services that have asked, by name."""
        with self._lock:
            now = self._clock()
            return [
                Follower(service, now - asked, version == self._version)
                for service, (asked, version) in sorted(self._asked.items())
            ]

    def report(self) -> list[dict[str, float]]:
        """Return for each rule how many traces it matched and kept, altogether and a second."""
        with self._lock:
            now = self._clock()
            while self._reports and self._reports[0][0] < now - RATE_WINDOW_S:
                self._reports.popleft()
            seconds = max(1.0, min(RATE_WINDOW_S, now - self._since))
            return [
                {
                    "matched": self._matched[rule],
                    "kept": self._kept[rule],
                    "matched_per_second": self._recent(rule, 0) / seconds,
                    "kept_per_second": self._recent(rule, 1) / seconds,
                }
                for rule in range(len(self._rules))
            ]

    def _recent(self, rule: int, which: int) -> int:
        return sum(decided[rule][which] for _, decided in self._reports)

    def _use(self, rules: list[HeadRule]) -> None:
        self._rules = rules
        self._version = blake2b(_encoded(rules), digest_size=8).hexdigest()
        self._matched, self._kept = [0] * len(rules), [0] * len(rules)
        self._reports: deque[tuple[float, tuple[Decided, ...]]] = deque(maxlen=MAX_REPORTS)
        self._since = self._clock()

    def _stored(self) -> list[HeadRule]:
        try:
            content = self._setting.read()
            return [] if content is None else read_rules(content)
        except (SettingError, RulesError) as problem:
            self.problem = f"the sampling rules in {self._setting.name} do not hold: {problem}"
            return []

    def _follow(self) -> None:
        """Let those rules hold that another collector was given, if there are any."""
        content = self._setting.changed()
        if content is not None:
            with self._lock, suppress(RulesError):  # a later version's: the old ones hold
                self._use(read_rules(content))
                self.problem = ""


def _encoded(rules: list[HeadRule]) -> bytes:
    return msgspec.json.encode(Rules(rules))
