"""A workbook from outside, read with suspicion: what it is, how big it is, and every cell that can't be meant.

Nothing here knows rules or questions.
"""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admin.rulebook.cells import Cell
from admin.rulebook.sheet_findings import Finding, NoWorkbook, proposal

if TYPE_CHECKING:
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.worksheet.worksheet import Worksheet  # type: ignore[import-untyped]

# Ours have a hundred rows and a hundred kilobytes. Unpacked bytes count: a zip bomb is small before it is opened.
MOST_BYTES = 5_000_000
MOST_UNPACKED = 12_000_000
MOST_PARTS = 200
MOST_ROWS = 2_000
MOST_COLUMNS = 200

SAVE_AS = "Öffnen Sie die Datei in Excel oder LibreOffice und speichern Sie sie als „Excel-Arbeitsmappe (.xlsx)“."


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty; `number` as the spreadsheet counts."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its headings in the first row."""

    sheet: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def open_workbook(path: Path) -> Workbook:
    """The workbook, or NoWorkbook with one German line."""
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= MOST_BYTES else b""
    except (OSError, ValueError):
        raise NoWorkbook(f"{path.name}: lässt sich nicht lesen. Prüfen Sie den Pfad und die Rechte.") from None
    if size > MOST_BYTES:
        raise NoWorkbook(f"{path.name}: ist größer als {MOST_BYTES // 1_000_000} MB. Exportieren Sie die Tabelle neu.")
    _refuse_other_formats(path.name, raw)
    _refuse_bombs(path.name, raw)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it does not read (images, newer validations); nothing of that is ours.
            warnings.simplefilter("ignore")
            return load_workbook(io.BytesIO(raw))
    except Exception as error:  # its parsers raise whatever they stumble over
        raise NoWorkbook(f"{path.name}: die Arbeitsmappe ist beschädigt ({type(error).__name__}). {SAVE_AS}") from None


def _refuse_other_formats(name: str, raw: bytes) -> None:
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise NoWorkbook(f"{name}: ist eine alte (.xls) oder mit einem Kennwort geschützte Datei. {SAVE_AS}")
    if not raw.startswith(b"PK"):
        kind = "eine CSV-Datei" if name.lower().endswith((".csv", ".tsv", ".txt")) else "keine Arbeitsmappe"
        raise NoWorkbook(f"{name}: ist {kind}. {SAVE_AS}")


def _refuse_bombs(name: str, raw: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            members = parts.infolist()
            if "mimetype" in parts.namelist():
                raise NoWorkbook(f"{name}: ist eine OpenDocument-Datei (.ods). {SAVE_AS}")
            if "xl/workbook.xml" not in parts.namelist():
                raise NoWorkbook(f"{name}: ist keine Excel-Arbeitsmappe. {SAVE_AS}")
            if any("vbaproject" in member.filename.lower() for member in members):
                raise NoWorkbook(f"{name}: enthält Makros. {SAVE_AS}")
            if len(members) > MOST_PARTS or sum(member.file_size for member in members) > MOST_UNPACKED:
                raise NoWorkbook(f"{name}: ist ausgepackt viel zu groß. Exportieren Sie die Tabelle neu.")
            # A part never unpacks to more than it declares; one that lies about it does not read to its end.
            for member in members:
                if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in parts.read(member):
                    raise NoWorkbook(f"{name}: enthält eine Dokumenttyp-Deklaration. {SAVE_AS}")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, RuntimeError, ValueError, NotImplementedError):
        raise NoWorkbook(f"{name}: ist beschädigt oder mit einem Kennwort geschützt. {SAVE_AS}") from None


def read_table(workbook: Workbook, sheet: str, findings: list[Finding]) -> Table:
    """One sheet. What is wrong with single cells goes into `findings`, and the cell counts as empty."""
    if sheet not in workbook.sheetnames:
        others = [name for name in workbook.sheetnames if name != sheet]
        what = f"fehlt. Legen Sie es wieder an oder exportieren Sie neu.{proposal(sheet, others)}"
        findings.append(Finding(sheet, 0, "", what))
        return Table(sheet, (), ())
    found: Any = workbook[sheet]
    if not hasattr(found, "iter_rows"):
        findings.append(Finding(sheet, 0, "", "ist ein Diagramm und keine Tabelle. Exportieren Sie neu."))
        return Table(sheet, (), ())
    return _table(found, sheet, findings)


def _table(worksheet: Worksheet, sheet: str, findings: list[Finding]) -> Table:
    for merged in worksheet.merged_cells.ranges:
        what = f"die Zellen {merged.coord} sind verbunden. Heben Sie die Verbindung auf; jede Zeile braucht ihre eigenen Werte."
        findings.append(Finding(sheet, merged.min_row, "", what))
    if worksheet.max_row > MOST_ROWS or worksheet.max_column > MOST_COLUMNS:
        what = (
            f"reicht bis Zeile {worksheet.max_row} und Spalte {worksheet.max_column}; erlaubt sind {MOST_ROWS} Zeilen und "
            f"{MOST_COLUMNS} Spalten. Löschen Sie, was unter und neben der Tabelle steht, auch leere Zeilen mit Format."
        )
        findings.append(Finding(sheet, 0, "", what))
        return Table(sheet, (), ())
    lines = list(worksheet.iter_rows())
    headings: dict[int, str] = {}
    for cell in lines[0] if lines else ():
        heading = _value(cell, sheet, cell.column_letter if hasattr(cell, "column_letter") else "", findings)
        if heading is not None:
            headings[cell.column - 1] = " ".join(str(heading).split())
    for heading in sorted({name for name in headings.values() if list(headings.values()).count(name) > 1}):
        findings.append(Finding(sheet, 1, heading, "steht zweimal da. Löschen oder benennen Sie eine der Spalten um."))
    rows = []
    for number, line in enumerate(lines[1:], 2):
        values = {index: _value(cell, sheet, headings.get(index, ""), findings) for index, cell in enumerate(line)}
        if all(value is None for value in values.values()):
            continue
        for index, value in values.items():
            if value is not None and index not in headings:
                letter = line[index].column_letter
                findings.append(Finding(sheet, number, letter, "die Spalte hat keine Überschrift, aber hier steht etwas."))
        rows.append(Row(number, {heading: values.get(index) for index, heading in headings.items()}))
    return Table(sheet, tuple(headings.values()), tuple(rows))


def _value(cell: Any, sheet: str, heading: str, findings: list[Finding]) -> Cell:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if kind == "f":
        what = f"hier steht eine Formel ({str(getattr(value, 'text', value))[:40]}). Schreiben Sie den Wert selbst hinein."
        findings.append(Finding(sheet, cell.row, heading, what))
        return None
    if kind == "e":
        findings.append(Finding(sheet, cell.row, heading, f"hier steht der Fehlerwert {value}. Schreiben Sie den Wert hinein."))
        return None
    return tidy(value)


def tidy(value: Any) -> Cell:
    """The cell as it is compared: no spaces around it, one kind of line end, a day instead of a midnight."""
    if isinstance(value, str):
        return value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip() or None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    if isinstance(value, bool | int | float | dt.date) or value is None:
        return value
    return str(value)
