"""Typed words and the town they may mean.

Words in any script are transliterated, then compared. What is found is proposed with buttons, never taken silently:
`Neustatt` may be Neustadt, or not. Districts are known by name, because an alias beats cleverness.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from anyascii import anyascii
from rapidfuzz import fuzz, process

from dialogs.county import County, Kommune

SURE = 85
MARGIN = 10
PERHAPS = 66
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Kommunen that the words may mean, the likeliest first. `sure`: one stands out."""

    kommunen: tuple[str, ...]
    sure: bool


def plain(words: str) -> str:
    """Lower-case Latin letters for words of any script; umlauts written out, as in `muehle`."""
    spelled = unicodedata.normalize("NFKC", words).lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        spelled = spelled.replace(umlaut, letters)
    # Only letters and digits are spelled out: the name of a picture (🙂) is no word somebody wrote.
    letters = "".join(char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in spelled)
    latin = anyascii(letters).lower()
    return " ".join("".join(char if char.isalnum() else " " for char in latin).split())


class TownNames:
    """All names of a county's Kommunen, ready to be searched."""

    def __init__(self, county: County) -> None:
        self._exact: dict[str, list[str]] = {}
        self._names: list[str] = []
        self._kommune: list[str] = []
        for kommune in county.kommunen.values():
            for name in _spellings(kommune):
                key = plain(name)
                self._exact.setdefault(key, [])
                if kommune.id not in self._exact[key]:
                    self._exact[key].append(kommune.id)
                self._names.append(key)
                self._kommune.append(kommune.id)

    def find(self, words: str, most: int = 3) -> Found:
        """The Kommunen these words may mean; none if they are too short or nothing is near."""
        wanted = plain(words[:80])
        exact = self._exact.get(wanted)
        if exact:
            return Found(tuple(exact[:most]), len(exact) == 1)
        if len(wanted) < SHORTEST:
            return Found((), False)
        best: dict[str, float] = {}
        for _, score, index in process.extract(wanted, self._names, scorer=fuzz.ratio, limit=12, score_cutoff=PERHAPS):
            kommune = self._kommune[index]
            best[kommune] = max(best.get(kommune, 0.0), score)
        for name, kommune in zip(self._names, self._kommune, strict=True):
            # Half a name is worth a question; a piece from the middle of one ("Haus") is not.
            if len(wanted) > SHORTEST and name.startswith(wanted):
                best[kommune] = max(best.get(kommune, 0.0), PERHAPS)
        ranked = sorted(best.items(), key=lambda item: -item[1])[:most]
        if not ranked:
            return Found((), False)
        clear = len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= MARGIN
        if ranked[0][1] >= SURE and clear:
            return Found((ranked[0][0],), True)
        return Found(tuple(kommune for kommune, _ in ranked), False)


def _spellings(kommune: Kommune) -> tuple[str, ...]:
    return (kommune.name, kommune.id, *kommune.aliases)
