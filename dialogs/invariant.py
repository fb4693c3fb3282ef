"""What must hold of every decision of a county, whatever the rules are: written by the county, proved by `check`.

An invariant speaks of people (`when`, `unless`) and of the decision they get. A decision that a human takes (mode
`clearing`) is no recommendation: it neither keeps nor breaks an invariant.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from dialogs.conditions import Condition


class Demand(StrEnum):
    """What is asked of the decision. The values are the keys of `invariants.toml`."""

    NEVER = "never"  # the primary Dienst is none of these
    PRIMARY = "primary"  # the primary Dienst is one of these
    AMONG = "among"  # one of these is the primary Dienst or among the further ones shown
    URGENT = "urgent"  # the decision is urgent
    MODE = "mode"  # the decision has this mode


@dataclass(frozen=True, slots=True)
class Invariant:
    """`text`: the sentence as the county says it. `when` must hold of the person and `unless` must not."""

    id: str
    text: str
    when: Condition
    unless: Condition | None
    demand: Demand
    wanted: tuple[str, ...]
    source: str
    valid_from: dt.date
    valid_until: dt.date | None = None

    def valid(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)
