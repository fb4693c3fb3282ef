"""What is wrong in a workbook, told in German by sheet, row and column, with the nearest right word.

    SheetError
    ├── NoWorkbook     the file can't be read as a workbook of ours at all
    └── SheetRefused   the workbook was read, and something in it is wrong; holds every finding
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Below this likeness (of 100) a proposal would be a guess.
ALIKE = 60
MOST_LISTED = 15


class SheetError(Exception):
    """Root of what can be wrong with a workbook. Nothing has been written."""


class NoWorkbook(SheetError):
    """The file is none of ours. The message is one German line with its remedy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `row` counts as the spreadsheet does, from 1; 0 means the whole sheet. `column` is the heading."""

    sheet: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        place = [f"Blatt „{self.sheet}“"] if self.sheet else []
        place += [f"Zeile {self.row}"] if self.row else []
        place += [f"Spalte „{self.column}“"] if self.column else []
        return f"{', '.join(place)}: {self.what}" if place else self.what

    def to_json(self) -> dict[str, object]:
        return {"sheet": self.sheet, "row": self.row, "column": self.column, "what": self.what}


class SheetRefused(SheetError):
    """The workbook has faults; all of them are here, in the order of the sheets and rows."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class CellWrong(Exception):
    """What one cell holds can't be meant. Whoever knows the place makes a `Finding` of it."""


def proposal(word: str, known: Iterable[str]) -> str:
    """„ Meinten Sie MBE?“ with a leading space; if nothing is alike, what there is; or nothing at all."""
    from rapidfuzz import fuzz, process

    names = list(dict.fromkeys(known))
    best = process.extractOne(word.casefold(), names, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=ALIKE)
    if best is not None:
        return f" Meinten Sie {best[0]}?"
    return f" Es gibt: {', '.join(names)}." if 0 < len(names) <= MOST_LISTED else ""
