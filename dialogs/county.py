"""A Kreis: its Kommunen, the Dienste it sends people to, the Stellen where they are, and the Traeger who run them.

No Python knows a county's name; everything here comes from the county's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    """A kind of help, such as MBE. `sensitive`: the mere name reveals health (`domain.md` 5.2 no. 7)."""

    id: str
    name: str
    text: str = ""
    sensitive: bool = False
    takes_referrals: bool = False


@dataclass(frozen=True, slots=True)
class Stelle:
    """A concrete desk of a Dienst. `kommunen` ("*",) means the whole Kreis. Empty address: still to be entered by the Kreis.

    `vze`: full-time posts there; only who is assigned by free places has them.
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


# Vorlage 50/014/2024: "Der Betreuungsschlüssel von 27 Fällen pro VZÄ".
CASES_PER_VZE = 27.0


@dataclass(frozen=True, slots=True)
class County:
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

    def stellen_for(self, dienst: str, kommune: str | None) -> tuple[Stelle, ...]:
        """The Stellen of this Dienst for this Kommune as they are listed; else those for the whole Kreis."""
        of_dienst = [stelle for stelle in self.stellen.values() if stelle.dienst == dienst]
        own = tuple(stelle for stelle in of_dienst if kommune in stelle.kommunen)
        return own or tuple(stelle for stelle in of_dienst if "*" in stelle.kommunen)

    def stelle_for(self, dienst: str, kommune: str | None, busy: Mapping[str, int] | None = None) -> Stelle | None:
        """The Stelle that gets the next case: of several with posts the one with the most free places, the first listed if they
        are equal. `busy`: cases by Stelle; without it the first listed.
        """
        found = self.stellen_for(dienst, kommune)
        if busy is None or not all(stelle.vze for stelle in found):
            return found[0] if found else None
        return max(found, key=lambda stelle: self.places(stelle) - busy.get(stelle.id, 0), default=None)

    def places(self, stelle: Stelle) -> float:
        return self.cases_per_vze * (stelle.vze or 0)

    def posts(self, kommune: str | None) -> dict[str, str]:
        """The Stellen of a Kommune that are assigned by free places, each with its Träger."""
        return {stelle.id: stelle.traeger for stelle in self.stellen.values() if stelle.vze and kommune in stelle.kommunen}

    def takes_referrals(self, dienst: str) -> bool:
        found = self.dienste.get(dienst)
        return found is not None and found.takes_referrals
