"""shapes: how the number of visitors changes during a run.

Locust's page offers the classes below (`Default` is a constant number), and `--shape` takes their
names. Each reads how many visitors and seconds there are from Locust's own options.
"""

from __future__ import annotations

from typing import Any

from locust import LoadTestShape

from loadtest.levels import spike, steps


class Shape(LoadTestShape):
    """What the shapes have in common: they last for the run time, and then end the run."""

    abstract = True
    use_common_options = True

    @staticmethod
    def users(users: int, run_time: float, at: float) -> int:
        """How many of `users` are there, `at` seconds after the start of a run of `run_time`."""
        raise NotImplementedError

    def tick(self) -> tuple[int, float] | None:
        """How many visitors Locust should have now, and how many it may start a second."""
        runner: Any = self.runner
        options = runner.environment.parsed_options
        users, run_time = int(options.num_users or 1), float(options.run_time)
        at = self.get_run_time()
        if at >= run_time:
            return None
        return self.users(users, run_time, at), float(users)


class Steps(Shape):
    """More and more visitors, up to saturation."""

    users = staticmethod(steps)


class Spike(Shape):
    """Few visitors, suddenly many, and few again."""

    users = staticmethod(spike)


class Waves(Shape):
    """All visitors at once, for the same beer, every few seconds (`--wave`): what was cached for
    less than that has expired just then, and everybody finds it gone at the same moment."""

    users = staticmethod(lambda users, run_time, at: users)
