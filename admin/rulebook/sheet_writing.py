"""Tables as a workbook that office people like to work in: frozen headings, filters, lists to choose from, real dates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from admin.rulebook.cells import Cell
from admin.rulebook.columns import Column

# Colours of headings by what the columns are about; light enough to print.
COLOURS = {"what": "1F4E79", "when": "3B6E3B", "then": "7A4A12", "why": "595959"}
INLINE_LIST = 255


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to write. `fixed`: a glossary that is only for reading."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Cell]]
    fixed: bool = False
    frozen: int = 1


def write_workbook(path: Path, sheets: Sequence[Sheet], title: str) -> None:
    """Write all sheets, the first one in front. Raises OSError."""
    from openpyxl import Workbook  # type: ignore[import-untyped]

    workbook = Workbook()
    workbook.properties.title = title
    workbook.properties.creator = "Wegweiser"
    workbook.remove(workbook.worksheets[0])
    for sheet in sheets:
        _write(workbook.create_sheet(sheet.name), sheet)
    workbook.save(path)


def _write(worksheet, sheet: Sheet) -> None:  # type: ignore[no-untyped-def]  # openpyxl has no types
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

    line = Side(style="thin", color="BFBFBF")
    border = Border(bottom=line, right=line)
    wrapped = Alignment(wrap_text=True, vertical="top")
    centred = Alignment(wrap_text=True, vertical="top", horizontal="center")
    turned = Alignment(text_rotation=90, horizontal="center", vertical="bottom")
    for index, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(index)
        worksheet.column_dimensions[letter].width = column.width
        head = worksheet.cell(1, index, column.heading)
        head.font = Font(name="Calibri", size=11, bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor=COLOURS[column.group])
        head.alignment = turned if column.upright else Alignment(wrap_text=True, vertical="center")
        head.border = border
        for number, row in enumerate(sheet.rows, 2):
            cell = worksheet.cell(number, index)
            _fill(cell, row.get(column.heading), column.format)
            cell.alignment, cell.border = (centred if column.upright else wrapped), border
        if column.choices and not sheet.fixed:
            _offer(worksheet, column, letter, len(sheet.rows))
    worksheet.row_dimensions[1].height = max([34, *(6.5 * len(column.heading) for column in sheet.columns if column.upright)])
    for number, row in enumerate(sheet.rows, 2):
        worksheet.row_dimensions[number].height = 15 * max(_lines(column, row.get(column.heading)) for column in sheet.columns)
    worksheet.freeze_panes = worksheet.cell(2, sheet.frozen + 1)
    worksheet.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{max(len(sheet.rows) + 1, 2)}"
    worksheet.sheet_view.zoomScale = 90
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.fitToHeight = 0
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    worksheet.print_title_rows = "1:1"
    if sheet.fixed:
        worksheet.protection.sheet = True
        worksheet.protection.autoFilter = False
        worksheet.sheet_properties.tabColor = "A6A6A6"


def _fill(cell, value: Cell, number_format: str) -> None:  # type: ignore[no-untyped-def]
    """Words stay words: what begins with = + - @ would else be a formula here, or become one in the next program."""
    if value is not None and value != "":
        cell.value = value
    cell.number_format = number_format
    if isinstance(value, str) and value:
        cell.data_type = "s"
        if value.startswith(("=", "+", "-", "@", "'")):
            cell.quotePrefix = True


def _lines(column: Column, value: Cell) -> int:
    """How many lines the words need at this width; a proportional font takes a little less than one width a letter."""
    if not isinstance(value, str):
        return 1
    return min(25, sum(max(1, math.ceil(len(part) * 1.05 / column.width)) for part in value.split("\n")))


def _offer(worksheet, column: Column, letter: str, rows: int) -> None:  # type: ignore[no-untyped-def]
    """A list to choose from, also in the rows that will be added below."""
    from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

    inline = isinstance(column.choices, str)
    formula = column.choices if inline else f'"{",".join(column.choices)}"'
    if len(formula) > INLINE_LIST:
        return
    offered = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
    offered.errorTitle = column.heading[:30]
    offered.error = "Bitte einen Wert aus der Liste wählen."
    offered.errorStyle = "warning"
    worksheet.add_data_validation(offered)
    offered.add(f"{letter}2:{letter}{rows + 200}")
