"""Random ids, different in every process."""

from __future__ import annotations

import os
import random

# A generator of our own: an app that seeds the `random` module to get repeatable results would get
# repeated ids as well. A forked child inherits the state, so it needs a new seed.
_random = random.Random()
os.register_at_fork(after_in_child=_random.seed)

bits = _random.getrandbits
"""Return the given number of random bits as an int."""


def span_id() -> int:
    """Return 64 random bits, never 0, which stands for "no span"."""
    return bits(64) or 1


def trace_id() -> int:
    """Return 128 random bits, never 0."""
    return bits(128) or 1
