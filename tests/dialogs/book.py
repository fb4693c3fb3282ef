"""The book of expected cases: one row per person, in a Markdown table that the offices can read and extend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from dialogs.answers import Month, Value
from tests.dialogs.talk import TODAY

COLUMNS = {
    "Alter": "S03_age", "Papier": "S04_status", "Ort": "S02_city", "Antrag": "S06_applied", "Pass": "S07_identity",
    "Deutsch": "S08_german", "LiD": "S09_lid", "Einkommen": "S10_income", "allein gekommen": "S13_uma", "SOE": "S14_soe",
}  # fmt: skip
SEVERAL = {"Kinder": "S11_children", "Themen": "S15_needs", "Art": "S16_kind"}


@dataclass(frozen=True)
class Person:
    id: str
    answers: dict[str, Value]
    rule: str
    dienst: str


def read_book(county: str) -> list[Person]:
    """Every row of tables/<county>.md. An empty cell: not asked. `-` in a column of several: asked, nothing chosen."""
    lines = (Path(__file__).parent / "tables" / f"{county}.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("|")]
    head, people = rows[0], rows[2:]
    return [_person(dict(zip(head, row, strict=True))) for row in people]


def _person(row: dict[str, str]) -> Person:
    answers: dict[str, Value] = {COLUMNS[name]: row[name] for name in COLUMNS if row[name]}
    for name, question in SEVERAL.items():
        if row[name]:
            answers[question] = () if row[name] == "-" else tuple(part.strip() for part in row[name].split(","))
    if row["Tage"]:
        answers["S05_valid_until"] = TODAY + dt.timedelta(days=int(row["Tage"]))
    if row["Monate bis 27"]:
        year, month = divmod(TODAY.year * 12 + TODAY.month - 1 + int(row["Monate bis 27"]), 12)
        answers["S03b_month27"] = Month(year, month + 1)
    if row["seit"]:
        answers["S12_year"] = int(row["seit"])
    if row["Ausreise"]:
        answers["S01_safety"] = ("removal",)
    return Person(row["Nr."], answers, row["Regel"], row["Ziel"])
