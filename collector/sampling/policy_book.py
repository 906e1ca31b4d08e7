"""The policies that hold, and what has been decided by them."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from collector.sampling.policy import PolicyError, TailSettings, never_keeping, read_settings
from collector.sampling.seen_trace import SeenTrace
from collector.sampling.tail_sampler import TailSampler, Verdict
from collector.store.settings import Setting, SettingError

RATE_WINDOW_S = 10
"""Seconds over which decisions are counted to say how many there are a second."""


class PolicyBook:
    """The policies, and their counts since they came to hold. Thread-safe."""

    def __init__(
        self,
        setting: Setting,
        wait_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the setting; if there is none that can be read, the default ones hold. `wait_s` is
        for that of the setting; None leaves it as it was set."""
        self._setting = setting
        self._clock = clock
        self._lock = threading.Lock()
        self.problem = ""
        """Why what was set does not hold, in a sentence."""
        settings = self._stored()
        if wait_s is not None:
            settings = msgspec.structs.replace(settings, wait_s=wait_s)
        self._use(settings)

    @property
    def settings(self) -> TailSettings:
        """The settings that hold; not to be changed."""
        self._follow()
        return self._settings

    def replace(self, settings: TailSettings) -> None:
        """Let other settings hold from now on. Raises `SettingError` if they cannot be
        written."""
        with self._lock:
            self._setting.write(msgspec.json.format(msgspec.json.encode(settings), indent=1))
            self._use(settings)
            self.problem = ""

    def keeps_for_certain(self, trace: SeenTrace) -> bool:
        """Return whether the trace is kept whatever samples say. Nothing is learned from it."""
        with self._lock:
            return self._sampler.keeps_for_certain(trace)

    def decide(self, trace: SeenTrace, size: int) -> Verdict | None:
        """Return why the trace is kept, None if it is not. `size` is its bytes."""
        with self._lock:
            now = self._clock()
            if int(now) != int(self._snapshots[-1][0]):
                self._snapshots.append(
                    (now, tuple(self._sampler.matched), tuple(self._sampler.kept))
                )
            verdict = self._sampler.decide(trace, now)
            if verdict:
                self._bytes[verdict.reason] += size
            return verdict

    def report(self) -> list[dict[str, object]]:
        """Return the policies, and for each how many traces it matched and kept, altogether and a
        second."""
        with self._lock:
            hidden = never_keeping(self._settings.policies)
            matched, kept = self._sampler.matched, self._sampler.kept
            began, matched_before, kept_before = self._a_while_ago()
            seconds = max(1.0, self._clock() - began)
            return [
                msgspec.to_builtins(policy)
                | {
                    "reason": policy.reason,
                    "matched": matched[number],
                    "kept": kept[number],
                    "matched_per_second": (matched[number] - matched_before[number]) / seconds,
                    "kept_per_second": (kept[number] - kept_before[number]) / seconds,
                    "kept_bytes": self._bytes[policy.reason],
                    "never_matches_because_of": hidden.get(number),
                }
                for number, policy in enumerate(self._settings.policies)
            ]

    def _a_while_ago(self) -> tuple[float, tuple[int, ...], tuple[int, ...]]:
        """Return what had been decided at the beginning of the last seconds, and when that was."""
        begin = self._clock() - RATE_WINDOW_S
        before = [snapshot for snapshot in self._snapshots if snapshot[0] >= begin]
        return before[0] if before else (begin, *self._counts())

    def _counts(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return tuple(self._sampler.matched), tuple(self._sampler.kept)

    def _use(self, settings: TailSettings) -> None:
        self._settings = settings
        self._sampler = TailSampler(settings.policies)
        self._bytes: Counter[str] = Counter()
        self._snapshots = deque([(self._clock(), *self._counts())], maxlen=RATE_WINDOW_S + 2)

    def _stored(self) -> TailSettings:
        try:
            content = self._setting.read()
            return TailSettings() if content is None else read_settings(content)
        except (SettingError, PolicyError) as problem:
            self.problem = f"the sampling policies in {self._setting.name} do not hold: {problem}"
            return TailSettings()

    def _follow(self) -> None:
        """Let those settings hold that another collector was given, if there are any."""
        content = self._setting.changed()
        if content is not None:
            with self._lock, suppress(PolicyError):  # a later version's: the old ones hold
                self._use(read_settings(content))
                self.problem = ""
