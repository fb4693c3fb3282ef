"""Files that are no workbook of ours: one line with the remedy, quickly, before anything is unpacked."""

from __future__ import annotations

import io
import time
import warnings
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from admin.rulebook.sheet_findings import NoWorkbook
from admin.rulebook.sheet_reading import MOST_BYTES, open_workbook
from tests.admin.rulebook.sheets.workbooks import Project


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, words in parts.items():
            file.writestr(name.replace("__", "/").replace("_x", "."), words)
    return out.getvalue()


def ours() -> dict[str, bytes]:
    out = io.BytesIO()
    Workbook().save(out)
    with zipfile.ZipFile(out) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, words in parts.items():
            file.writestr(name, words)
    return out.getvalue()


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><workbook/>'
STRANGE = [
    ("regeln.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "alte (.xls) oder mit einem Kennwort geschützte"),
    ("regeln.ods", archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument-Datei (.ods)"),
    ("regeln.csv", b"Nr.;Ziel\nM01;MBE\n", "ist eine CSV-Datei"),
    ("regeln.xlsx", b"Nr.;Ziel\nM01;MBE\n", "ist keine Arbeitsmappe"),
    ("regeln.xlsx", b"", "ist keine Arbeitsmappe"),
    ("regeln.xlsx", archive(word__document_xxml=b"<a/>"), "keine Excel-Arbeitsmappe"),
    ("regeln.xlsx", archive(xl__workbook_xxml=b"<a/>"), "beschädigt"),
    ("regeln.xlsx", packed(ours())[:900], "beschädigt"),
    ("regeln.xlsx", packed(ours() | {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}), "beschädigt"),
    ("regeln.xlsm", packed(ours() | {"xl/vbaProject.bin": b"x"}), "enthält Makros"),
    ("bombe.xlsx", packed(ours() | {"xl/worksheets/sheet1.xml": b" " * 60_000_000}), "ausgepackt viel zu groß"),
    ("teile.xlsx", packed(ours() | {f"xl/media/{i}.png": b"" for i in range(500)}), "ausgepackt viel zu groß"),
    ("lachen.xlsx", packed(ours() | {"xl/workbook.xml": DOCTYPE}), "Dokumenttyp-Deklaration"),
    ("gross.xlsx", b"PK" + b"\0" * (MOST_BYTES + 1), "größer als 5 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), STRANGE, ids=[f"{case[0]}-{case[2][:12]}" for case in STRANGE])
def test_a_strange_file_is_refused_in_one_line_with_the_remedy(project: Project, name: str, content: bytes, said: str) -> None:
    path = project.root / name
    path.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(NoWorkbook) as raised:
        open_workbook(path)
    message = str(raised.value)
    assert message.startswith(f"{name}: ") and said in message and "\n" not in message and message.endswith(".")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("path", [Path("gibt-es-nicht.xlsx"), Path("\0.xlsx"), Path()])
def test_a_file_that_can_not_be_read_is_said(path: Path) -> None:
    with pytest.raises(NoWorkbook, match="lässt sich nicht lesen"):
        open_workbook(path)


def test_questions_are_no_rules_and_rules_are_no_questions(project: Project) -> None:
    project.export_rules()
    with pytest.raises(NoWorkbook, match="kein Fragebogen"):
        project.import_questionnaire()
    project.export_questionnaire()
    with pytest.raises(NoWorkbook, match="keine Regeln"):
        project.import_rules()


def test_what_the_library_can_not_read_warns_nobody(project: Project) -> None:
    """Newer spreadsheet programs leave extensions that openpyxl warns of; a warning would stop the command."""
    project.export_rules()
    with zipfile.ZipFile(project.book) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    extension = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    parts["xl/worksheets/sheet1.xml"] = sheet.replace("</worksheet>", extension).encode()
    project.book.write_bytes(packed(parts))
    with pytest.warns(UserWarning):
        load_workbook(project.book)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert project.import_rules().changes == ()
