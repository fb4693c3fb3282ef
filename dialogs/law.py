"""What a legal reference is: a law, a paragraph in it, and as far inside as it was cited.

`laws.toml` names the laws, their short names, and the day of the text that was read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """`unit` is § · Art. · Anlage · Erwägungsgrund, or "" for a whole law.

    `levels`: how far inside, outermost first: ("Abs.", "1"), ("Nr.", "4").
    """

    law: str
    unit: str = ""
    number: str = ""
    levels: tuple[tuple[str, str], ...] = ()

    @property
    def absatz(self) -> str | None:
        return next((value for name, value in self.levels if name == "Abs."), None)

    @property
    def whole(self) -> bool:
        return not self.unit

    def order(self) -> tuple[object, ...]:
        """Laws by name, paragraphs by number: 25, 25a, 104c."""
        return (self.law, self.unit, natural(self.number), tuple((name, natural(value)) for name, value in self.levels))

    def __str__(self) -> str:
        inside = " ".join(f"{name} {value}" for name, value in self.levels)
        return " ".join(part for part in (self.unit, self.number, inside, self.law) if part)


@dataclass(frozen=True, slots=True)
class Law:
    """`stand`: the day of the text that was read; None: nobody has read it. `read`: the paragraphs that were read.

    With `stand` and without `read`, the whole law was read.
    """

    id: str
    name: str
    also: tuple[str, ...] = ()
    stand: dt.date | None = None
    read: tuple[Reference, ...] = ()

    def stand_of(self, reference: Reference) -> dt.date | None:
        """The day of the text this reference rests on, or None if its text was not read."""
        if not self.read:
            return self.stand
        known = any((seen.unit, seen.number) == (reference.unit, reference.number) for seen in self.read)
        return self.stand if known else None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of law that is known before it comes: from `day` on, these paragraphs read otherwise."""

    id: str
    day: dt.date
    touches: tuple[Reference, ...]
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Laws:
    """All laws by short name, and the changes to come."""

    laws: Mapping[str, Law]
    changes: tuple[Change, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Every name a source may use, and the short name it stands for."""
        return {name: law.id for law in self.laws.values() for name in (law.id, *law.also)}

    def coming(self, reference: Reference, since: dt.date) -> tuple[Change, ...]:
        """The known changes that reach this reference after a day."""
        return tuple(
            change for change in self.changes if change.day > since and any(touched(reference, place) for place in change.touches)
        )

    def stand_of(self, reference: Reference) -> dt.date | None:
        return self.laws[reference.law].stand_of(reference)


def touched(reference: Reference, place: Reference) -> bool:
    """Whether a change at `place` (a law, a paragraph or an Absatz) reaches what this reference rests on.

    Citing is exact down to the Absatz: who cites only Absatz 4 has nothing to do with Absatz 2.
    """
    if reference.law != place.law:
        return False
    if reference.whole or place.whole:
        return True
    if (reference.unit, reference.number) != (place.unit, place.number):
        return False
    return reference.absatz is None or place.absatz is None or reference.absatz == place.absatz


def natural(number: str) -> tuple[int, str]:
    """25 < 25a < 25b < 104c. What begins with no number comes last."""
    found = re.match(r"(\d+)(.*)", number)
    return (int(found[1]), found[2]) if found else (10**6, number)
