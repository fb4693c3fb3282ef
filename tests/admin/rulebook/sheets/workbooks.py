"""A copy of the definitions to work on, and a hand that edits cells as a coordinator does."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from admin.rulebook.forms import FORMS
from admin.rulebook.releasing import Place
from admin.rulebook.rules_import import import_rules
from admin.rulebook.sheet_files import (
    Outcome,
    bring_in_questionnaire,
    bring_in_rules,
    export_questionnaire,
    export_rules,
    rules_file,
)
from admin.rulebook.table_merge import Report

ON = dt.date(2026, 11, 21)
_EXPORTED: dict[str, bytes] = {}


@dataclass(frozen=True)
class Project:
    """A copy of all definitions and catalogues, for one county, with a workbook beside."""

    root: Path
    county: str

    @property
    def place(self) -> Place:
        return Place.inside(self.root)

    @property
    def book(self) -> Path:
        return self.root / "tabelle.xlsx"

    @property
    def rules(self) -> Path:
        return self.root / "dialogs" / "counties" / self.county / "rules.toml"

    @property
    def questionnaire(self) -> Path:
        return self.root / "dialogs" / "questionnaires" / "screening.toml"

    def catalogue(self, locale: str) -> Path:
        return self.root / "locales" / locale / "LC_MESSAGES" / "messages.po"

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path != self.book
        }

    def export_rules(self) -> None:
        self._once("rules", lambda: export_rules(self.county, self.book, self.place))

    def import_rules(self, **more: Any) -> Outcome:
        return bring_in_rules(self.county, self.book, self.place, ON, **more)

    def merge_rules(self) -> Report:
        """What the workbook makes of the rules file, without the proofs that an import asks for before it writes."""
        rules, path = rules_file(self.county, self.place)
        report = import_rules(rules, load_workbook(self.book))
        (self.place.definitions / path).write_bytes(rules.file.text.encode())
        return report

    def export_questionnaire(self, form: str = "tabelle") -> None:
        self._once(form, lambda: export_questionnaire(self.county, self.book, FORMS[form], self.place))

    def _once(self, what: str, export: Callable[[], None]) -> None:
        """An export of the same files is the same; a hundred tests need not wait for it a hundred times."""
        digest = hashlib.sha256(repr((what, self.county, sorted(self.files().items()))).encode()).hexdigest()
        if digest not in _EXPORTED:
            export()
            _EXPORTED[digest] = self.book.read_bytes()
        self.book.write_bytes(_EXPORTED[digest])

    def import_questionnaire(self, **more: Any) -> Outcome:
        return bring_in_questionnaire(self.county, self.book, self.place, ON, **more)

    @contextmanager
    def editing(self) -> Iterator[Workbook]:
        workbook = load_workbook(self.book)
        yield workbook
        workbook.save(self.book)
        workbook.close()


def copied_project(root: Path, county: str) -> Project:
    place = Place.shipped()
    for source, name in ((place.definitions, "dialogs"), (place.catalogues, "locales")):
        for path in source.rglob("*"):
            if path.suffix in (".toml", ".po", ".pot"):
                target = root / name / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    return Project(root, county)


def column(worksheet: Any, heading: str) -> int:
    return next(int(cell.column) for cell in worksheet[1] if cell.value == heading)


def row(worksheet: Any, name: str, heading: str = "Nr.") -> int:
    at = column(worksheet, heading)
    return next(number for number in range(2, worksheet.max_row + 1) if worksheet.cell(number, at).value == name)


def put(worksheet: Any, name: str, heading: str, value: object, key: str = "Nr.") -> int:
    """Write one cell of the row with this name; gives its row."""
    number = row(worksheet, name, key)
    worksheet.cell(number, column(worksheet, heading)).value = value
    return number


def insert_after(worksheet: Any, name: str, values: dict[str, object], key: str = "Nr.") -> int:
    number = row(worksheet, name, key) + 1
    worksheet.insert_rows(number)
    for heading, value in values.items():
        worksheet.cell(number, column(worksheet, heading)).value = value
    return number


def blocks(path: Path, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get(kind, [])
    return found


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    import difflib

    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line.startswith("- ")], [line[2:] for line in lines if line.startswith("+ ")]
