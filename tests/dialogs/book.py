"""The book of expected cases: one row per person, in a Markdown table that the offices can read and extend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from dialogs.answers import NO_ANSWERS, Month, NoAnswer, Value
from dialogs.facts import ENTRY
from tests.dialogs.talk import TODAY

TABLES = Path(__file__).parent / "tables"

COLUMNS = {
    "Alter": "S03_age", "Papier": "S04_status", "Ort": "S02_city", "Antrag": "S06_applied", "Pass": "S07_identity",
    "Deutsch": "S08_german", "LiD": "S09_lid", "Einkommen": "S10_income", "allein gekommen": "S13_uma", "SOE": "S14_soe",
    "Zugang": ENTRY,
}  # fmt: skip
SEVERAL = {"Kinder": "S11_children", "Themen": "S15_needs", "Art": "S16_kind"}
COUNTED = {"Tage": "S05_valid_until", "Monate bis 27": "S03b_month27", "seit": "S12_year"}
EXPECTED = ("Regel", "Ziel", "Weise", "dringend", "Weitere")
OTHERS = ("Nr.", "Ausreise", "Was die Zeile prüft")
MODES = {"": "referral", "Auskunft": "info_only", "Klärung": "clearing"}


@dataclass(frozen=True)
class Person:
    """`also` is None where the book does not say which further places are shown."""

    id: str
    answers: dict[str, Value]
    rule: str
    dienst: str
    mode: str
    urgent: bool
    also: tuple[str, ...] | None


def counties() -> tuple[str, ...]:
    """Every county that has a book."""
    return tuple(sorted(path.stem for path in TABLES.glob("*.md") if path.stem.islower()))


def read_book(county: str) -> list[Person]:
    """Every row of tables/<county>.md. An empty cell: not asked. `-` in a column of several: asked, nothing chosen."""
    lines = (TABLES / f"{county}.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("|")]
    head, people = rows[0], rows[2:]
    unknown = set(head) - {*COLUMNS, *SEVERAL, *COUNTED, *EXPECTED, *OTHERS}
    assert not unknown, f"{county}.md: no such column: {', '.join(sorted(unknown))}"
    return [_person(dict(zip(head, row, strict=True))) for row in people]


def _person(row: dict[str, str]) -> Person:
    answers: dict[str, Value] = {}
    for name in row:
        cell = row[name]
        question = {**COLUMNS, **SEVERAL, **COUNTED}.get(name)
        if not cell or question is None:
            continue
        if cell in NO_ANSWERS:
            answers[question] = NoAnswer(cell)
        elif name in SEVERAL:
            answers[question] = () if cell == "-" else _list(cell)
        elif name in COUNTED:
            answers[question] = _counted(name, int(cell))
        else:
            answers[question] = cell
    if row["Ausreise"]:
        answers["S01_safety"] = ("removal",)
    also = None if not row["Weitere"] else () if row["Weitere"] == "-" else _list(row["Weitere"])
    return Person(row["Nr."], answers, row["Regel"], row["Ziel"], MODES[row["Weise"]], row["dringend"] == "ja", also)


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(","))


def _counted(name: str, number: int) -> Value:
    if name == "Tage":
        return TODAY + dt.timedelta(days=number)
    if name == "seit":
        return number
    year, month = divmod(TODAY.year * 12 + TODAY.month - 1 + number, 12)
    return Month(year, month + 1)
