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
    """A kind of help, such as MBE. `sensitive`: the mere name reveals health (`domain.md` 5.2 no. 7).

    `no_rule_because`: why no rule sends anybody here (it stands on a crisis card; only case managers name it).
    """

    id: str
    name: str
    text: str = ""
    sensitive: bool = False
    takes_referrals: bool = False
    no_rule_because: str = ""


@dataclass(frozen=True, slots=True)
class Stelle:
    """A concrete desk of a Dienst. `kommunen` ("*",) means the whole Kreis. Empty address: still to be entered by the Kreis."""

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

    def stelle_for(self, dienst: str, kommune: str | None) -> Stelle | None:
        """The Stelle of this Dienst for this Kommune: the first listed for the Kommune itself, else one for the whole Kreis."""
        everywhere = None
        for stelle in self.stellen.values():
            if stelle.dienst != dienst:
                continue
            if kommune in stelle.kommunen:
                return stelle
            if "*" in stelle.kommunen and everywhere is None:
                everywhere = stelle
        return everywhere

    def takes_referrals(self, dienst: str) -> bool:
        found = self.dienste.get(dienst)
        return found is not None and found.takes_referrals
