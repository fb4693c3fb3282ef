"""What a cell may hold, and what people mean by it. Every function raises CellWrong with a German sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from admin.rulebook.sheet_findings import CellWrong, proposal

Cell = str | int | float | bool | dt.date | dt.datetime | None

YES, NO = "ja", "nein"
_YES_WORDS = frozenset({"ja", "j", "x", "wahr", "true", "yes"})
_NO_WORDS = frozenset({"nein", "n", "falsch", "false", "no"})
_GERMAN_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SEPARATORS = re.compile(r"[,;\n]")


def as_text(cell: Cell) -> str:
    """Words. A number stays the number that was typed; spreadsheets turn some words into dates, and that is told."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return YES if cell else NO
    if isinstance(cell, dt.date):
        raise CellWrong(f"hier steht das Datum {cell:%d.%m.%Y}, gebraucht wird ein Text. Formatieren Sie die Zelle als Text.")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def as_yes(cell: Cell) -> bool | None:
    """ja, nein, or None for an empty cell."""
    if cell is None or isinstance(cell, bool):
        return cell
    word = as_text(cell).casefold()
    if word in _YES_WORDS or word in _NO_WORDS:
        return word in _YES_WORDS
    raise CellWrong(f"„{as_text(cell)}“ ist weder ja noch nein.")


def as_date(cell: Cell) -> dt.date | None:
    """A day: a real date of the spreadsheet, or 01.11.2026, or 2026-11-01."""
    if cell is None:
        return None
    if isinstance(cell, dt.datetime):
        raise CellWrong(f"„{cell:%d.%m.%Y %H:%M}“ hat eine Uhrzeit. Schreiben Sie nur den Tag, zum Beispiel 01.11.2026.")
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, str):
        german = _GERMAN_DATE.fullmatch(cell)
        try:
            return dt.date(int(german[3]), int(german[2]), int(german[1])) if german else dt.date.fromisoformat(cell)
        except ValueError:
            pass
    raise CellWrong(f"„{cell}“ ist kein Datum. Schreiben Sie zum Beispiel 01.11.2026.")


def as_number(cell: Cell) -> int | None:
    """A whole number from 0 on."""
    if cell is None:
        return None
    word = as_text(cell)
    if not re.fullmatch(r"\d{1,9}", word, re.ASCII):
        raise CellWrong(f"„{word}“ ist keine ganze Zahl ab 0.")
    return int(word)


def as_list(cell: Cell) -> list[str]:
    """Several words, separated by commas."""
    words = [word.strip() for word in _SEPARATORS.split(as_text(cell))]
    found = [word for word in words if word]
    for word in found:
        if found.count(word) > 1:
            raise CellWrong(f"„{word}“ steht zweimal da. Streichen Sie es einmal.")
    return found


def one_of(word: str, known: Iterable[str], what: str) -> str:
    """The known word, whatever its capital letters; `what` continues „…“ in the message."""
    names = list(known)
    if word in names:
        return word
    alike = [name for name in names if name.casefold() == word.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise CellWrong(f"„{word}“ {what}.{proposal(word, names)}")
