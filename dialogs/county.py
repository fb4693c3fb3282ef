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
    """

    id: str
    name: str
    text: str = ""
    sensitive: bool = False
    takes_referrals: bool = False
    days: Span = ALWAYS


@dataclass(frozen=True, slots=True)
class Stelle:
    """A concrete desk of a Dienst. `kommunen` ("*",) means the whole Kreis. Empty address: still to be entered by the Kreis.

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

    def stelle_for(self, dienst: str, kommune: str | None, on: dt.date) -> Stelle | None:
        """The Stelle of this Dienst for this Kommune that is open on the day.

        The first listed for the Kommune itself, else one for the whole Kreis.
        """
        known = self.dienste.get(dienst)
        if known is not None and not known.days.covers(on):
            return None
        everywhere = None
        for stelle in self.stellen.values():
            if stelle.dienst != dienst or not stelle.days.covers(on):
                continue
            if kommune in stelle.kommunen:
                return stelle
            if "*" in stelle.kommunen and everywhere is None:
                everywhere = stelle
        return everywhere

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
