"""Which sampler a setting means."""

from __future__ import annotations

from pathlib import Path

import msgspec

from .decision import Sampler
from .hashing import Hash
from .rate import RateSampler
from .remote import RemoteSampler
from .rules import Rule, RuleError, RuleSampler, rules_of
from .unitary import UnitarySampler

REMOTE, UNITARY = "remote", "unitary:"


def sampler_of(setting: object, url: str, service: str, hash: Hash) -> Sampler:
    """Return the sampler that `tracer.configure(sampling=…)` or TRACE_SAMPLING asks for.

    It is a rate, `unitary:` with a rate, `remote` for the rules of the collector at `url`, a list
    of rules, or the path of a JSON file with one.

    Raises `ValueError` if it is none of these; the message says what is wrong.
    """
    if isinstance(setting, int | float):
        return RateSampler(setting, hash)
    if not isinstance(setting, str):
        return RuleSampler(rules_of(setting, hash))
    text = setting.strip()
    if text == REMOTE:
        return RemoteSampler(url, service, hash)
    if text.startswith(UNITARY):
        return UnitarySampler(_rate(text.removeprefix(UNITARY)))
    if text.endswith(".json"):
        return RuleSampler(_rules_in(Path(text), hash))
    return RateSampler(_rate(text), hash)


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a rate from 0 to 1, nor unitary:RATE, nor remote, nor a .json"
            " file with rules"
        ) from None


def _rules_in(file: Path, hash: Hash) -> list[Rule]:
    try:
        return rules_of(msgspec.json.decode(file.read_bytes()), hash)
    except OSError as problem:
        raise RuleError(f"{file}: {problem.strerror}") from None
    except msgspec.DecodeError as problem:
        raise RuleError(f"{file} is not JSON: {problem}") from None
    except RuleError as problem:
        raise RuleError(f"{file}: {problem}") from None
