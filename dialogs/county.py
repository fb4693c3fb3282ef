"""A Kreis: its Kommunen, the Dienste it sends people to, the Stellen where they are, and the Traeger who run them.

No Python knows a county's name; everything here comes from the county's folder.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.validity import ALWAYS, Span

ELSEWHERE = "other"


@dataclass(frozen=True, slots=True)
class Kommune:
    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traeger:
    """Who employs the people at a Stelle. `public_body` decides what must be said before consent (§ 87 AufenthG)."""

    id: str
    name: str
    public_body: bool
    law: str = "DSGVO"


@dataclass(frozen=True, slots=True)
class Dienst:
    """A kind of help, such as MBE. `sensitive`: the mere name reveals health (`domain.md` 5.2 no. 7).

    `days`: from when until when it exists.
    `no_rule_because`: why no rule sends anybody here (it stands on a crisis card; only case managers name it).
    """

    id: str
    name: str
    text: str = ""
    sensitive: bool = False
    takes_referrals: bool = False
    days: Span = ALWAYS
    no_rule_because: str = ""


@dataclass(frozen=True, slots=True)
class Stelle:
    """A concrete desk of a Dienst. `kommunen` ("*",) means the whole Kreis. Empty address: still to be entered by the Kreis.

    `vze`: full-time posts there; only who is assigned by free places has them.
    `days`: from when until when it is open; a Stelle that closes keeps its block, so that old decisions stay readable.
    """

    id: str
    dienst: str
    traeger: str
    name: str
    kommunen: tuple[str, ...]
    address: str = ""
    phone: str = ""
    email: str = ""
    url: str = ""
    vze: float | None = None
    verified_on: str = ""
    note: str = ""
    days: Span = ALWAYS


# Vorlage 50/014/2024: "Der Betreuungsschlüssel von 27 Fällen pro VZÄ".
CASES_PER_VZE = 27.0


@dataclass(frozen=True, slots=True)
class County:
    """`leaves_out`: questions that are not put here, because no rule of this county needs the answer."""

    id: str
    name: str
    languages: tuple[str, ...]
    clearing: str
    kommunen: Mapping[str, Kommune]
    dienste: Mapping[str, Dienst]
    traeger: Mapping[str, Traeger]
    stellen: Mapping[str, Stelle]
    responsible: str = ""
    cases_per_vze: float = CASES_PER_VZE
    leaves_out: frozenset[str] = frozenset()

    @property
    def lead(self) -> str | None:
        """The Traeger where open cases are settled: its coordinators answer for the rule book."""
        clearing = [stelle for stelle in self.stellen.values() if stelle.dienst == self.clearing]
        everywhere = [stelle for stelle in clearing if "*" in stelle.kommunen]
        return next((stelle.traeger for stelle in (*everywhere, *clearing)), None)

    def stellen_for(self, dienst: str, kommune: str | None, on: dt.date) -> tuple[Stelle, ...]:
        """The Stellen of this Dienst for this Kommune that are open on the day, as listed; else those for the whole Kreis."""
        known = self.dienste.get(dienst)
        if known is not None and not known.days.covers(on):
            return ()
        open_ = [stelle for stelle in self.stellen.values() if stelle.dienst == dienst and stelle.days.covers(on)]
        own = tuple(stelle for stelle in open_ if kommune in stelle.kommunen)
        return own or tuple(stelle for stelle in open_ if "*" in stelle.kommunen)

    def stelle_for(
        self, dienst: str, kommune: str | None, on: dt.date, busy: Mapping[str, int] | None = None
    ) -> Stelle | None:
        """The Stelle that gets the next case: of several with posts the one with the most free places, the first listed if they
        are equal. `busy`: cases by Stelle; without it the first listed.
        """
        found = self.stellen_for(dienst, kommune, on)
        if busy is None or not all(stelle.vze for stelle in found):
            return found[0] if found else None
        return max(found, key=lambda stelle: self.places(stelle) - busy.get(stelle.id, 0), default=None)

    def places(self, stelle: Stelle) -> float:
        return self.cases_per_vze * (stelle.vze or 0)

    def posts(self, kommune: str | None) -> dict[str, str]:
        """The Stellen of a Kommune that are assigned by free places, each with its Träger."""
        return {stelle.id: stelle.traeger for stelle in self.stellen.values() if stelle.vze and kommune in stelle.kommunen}

    def served(self, dienst: str) -> tuple[Span, ...] | None:
        """The days on which this Dienst has an open Stelle; None if no date limits it, () if there is no such day.

        A Dienst without any Stelle is limited by its own dates only: that nobody has entered a Stelle is a finding of
        `check`, not a closing.
        """
        known = self.dienste.get(dienst)
        if known is None:
            return None
        spans = [stelle.days for stelle in self.stellen.values() if stelle.dienst == dienst] or [ALWAYS]
        common = [found for span in spans if (found := span.within(known.days)) is not None]
        return None if ALWAYS in common else tuple(common)

    def takes_referrals(self, dienst: str) -> bool:
        found = self.dienste.get(dienst)
        return found is not None and found.takes_referrals
