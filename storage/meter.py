"""How long the writer's work takes, and how much of it there is. Plain numbers; whoever publishes them reads them here.

Counting costs a quarter of a microsecond: it stands in the way of every step. One thread writes, any thread may read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STEPS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)


class Buckets:
    """A histogram: how many values were at most each bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Meter:
    """Of one Database: `steps` and `commits` in seconds, `together` in steps for each commit, `erased` and `failed` counted."""

    __slots__ = ("commits", "erased", "failed", "steps", "together")

    def __init__(self) -> None:
        self.steps, self.commits, self.together = Buckets(), Buckets(), Buckets(STEPS)
        self.erased = 0
        self.failed = 0
