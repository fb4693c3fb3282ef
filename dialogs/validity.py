"""From when until when something holds. Both days belong to it; without a last day it holds until somebody ends it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A first and a last day, as `valid_from` and `valid_until` in the definition files."""

    first: dt.date = dt.date.min
    last: dt.date | None = None

    def covers(self, on: dt.date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)

    def within(self, other: Span) -> Span | None:
        """The days that both have, or None if there is none."""
        first = max(self.first, other.first)
        lasts = [span.last for span in (self, other) if span.last is not None]
        last = min(lasts, default=None)
        return None if last is not None and last < first else Span(first, last)


ALWAYS = Span()
