"""An edited rules workbook back into the rules file. Pure: text and workbook in, text and report out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from admin.rulebook.cells import as_number, as_text
from admin.rulebook.rules_sheet import (
    CONTENT,
    HEAD,
    PARAMS,
    SHEETS,
    RulesFile,
    edited_sheets,
    params_sheet,
    stamp,
)
from admin.rulebook.sheet_findings import CellWrong, Finding, proposal
from admin.rulebook.sheet_reading import Row, Table, read_table
from admin.rulebook.table_merge import Change, Report, matching_columns, merge_rows, shown
from admin.rulebook.toml_blocks import Block

if TYPE_CHECKING:
    from openpyxl import Workbook  # type: ignore[import-untyped]

Rows = list[tuple[Row, Block]]


def import_rules(rules: RulesFile, workbook: Workbook, *, overwrite: bool = False) -> Report:
    """Write the workbook into `rules.file`. With findings in the report the file is of no use."""
    report = Report()
    before = rules.file.text
    current = stamp(edited_sheets(rules))
    head = read_table(workbook, HEAD, report.findings)
    known = _heads(rules, head, report)
    # Conditions first: rules may name one that is new.
    done = {kind: _kind(rules, workbook, kind, report) for kind in ("condition", "rule", "topic", "also")}
    _params(rules, read_table(workbook, PARAMS, report.findings), report)
    for kind, rows in done.items():
        _dates(SHEETS[kind], rows, report.findings)
    _precedence(done["rule"], report.findings)
    _last_rule(done["rule"], report.findings)
    _confirmations(done["condition"], report.findings)
    _condition_still_there(done, report.findings)
    if known is not None and known != current and rules.file.text != before and not overwrite:
        what = (
            "seit diesem Export wurden die Regeln anderswo geändert. Exportieren Sie neu und tragen Sie Ihre Änderungen dort "
            "ein. Mit --overwrite gilt trotzdem diese Tabelle."
        )
        report.findings.append(Finding(HEAD, 2, "Stand", what))
    version = rules.file.blocks[0].data.get("version")
    if rules.file.text != before and version == rules.script.book.version and not report.findings:
        report.notes.append(f"Die Fassung heißt noch „{version}“. Ändern Sie sie im Blatt „{HEAD}“, bevor die Regeln gelten.")
    order = [*SHEETS.values(), PARAMS, HEAD]
    report.findings.sort(key=lambda finding: (order.index(finding.sheet) if finding.sheet in order else 99, finding.row))
    return report


def _heads(rules: RulesFile, table: Table, report: Report) -> str | None:
    """The sheet Angaben: written into the top of the file; gives the mark of the export."""
    columns = rules.head_columns()
    for heading in ("Inhalt", "Kreis", "Stand", *(column.heading for column in columns)):
        if table.headings and heading not in table.headings:
            report.findings.append(Finding(HEAD, 1, heading, "fehlt. Exportieren Sie neu."))
    if len(table.rows) != 1:
        if table.headings:
            report.findings.append(Finding(HEAD, 2, "", "braucht genau eine Zeile unter den Überschriften."))
        return None
    row = table.rows[0]
    if "Inhalt" in row.cells and row.cells["Inhalt"] != CONTENT:
        report.findings.append(Finding(HEAD, row.number, "Inhalt", f"dies ist keine Tabelle mit dem Inhalt „{CONTENT}“."))
    county = rules.script.county.id
    if "Kreis" in row.cells and row.cells["Kreis"] != county:
        what = f"diese Tabelle gehört zu „{row.cells['Kreis']}“ und nicht zu „{county}“. Prüfen Sie --county."
        report.findings.append(Finding(HEAD, row.number, "Kreis", what))
    block = rules.file.blocks[0]
    old = shown(columns, block.data)
    changed = []
    for column in columns:
        cell = row.cells.get(column.heading)
        if column.needed and cell is None and column.heading in row.cells:
            report.findings.append(Finding(HEAD, row.number, column.heading, "ist leer. Hier muss etwas stehen."))
        elif column.heading in row.cells and cell != old[column.heading]:
            try:
                column.write(block, cell)
                changed.append(column.heading)
            except CellWrong as wrong:
                report.findings.append(Finding(HEAD, row.number, column.heading, str(wrong)))
    if changed:
        report.changes.append(Change(HEAD, "Kopf", "geändert", tuple(changed)))
    stand = row.cells.get("Stand")
    return str(stand) if stand is not None else None


def _kind(rules: RulesFile, workbook: Workbook, kind: str, report: Report) -> Rows:
    sheet = SHEETS[kind]
    if sheet not in workbook.sheetnames and kind == "condition" and not rules.file.of(kind):
        return []
    table = read_table(workbook, sheet, report.findings)
    used = rules.columns(kind)
    columns = matching_columns(table, used, lambda heading: rules.more(kind, heading), rules.headings(kind), report.findings)
    if not table.headings or used[0].heading not in table.headings:
        return []

    def new() -> Block:
        block = rules.file.new(kind)
        block.statements.clear()
        block.data = {}
        if kind != "condition":
            block.set("when", {})
        return block

    rows = merge_rows(table, columns, rules.file.of(kind), new, report, key=used[0])
    rules.file.arrange(kind, [block for _, block in rows])
    return rows



def _params(rules: RulesFile, table: Table, report: Report) -> None:
    """The numbers: names are fixed, an empty value takes the number out of the file."""
    for heading in ("Name", "Wert"):
        if table.headings and heading not in table.headings:
            report.findings.append(Finding(PARAMS, 1, heading, "fehlt. Exportieren Sie neu."))
            return
    if not table.headings:
        return
    names = [str(row["Name"]) for row in params_sheet(rules).rows]
    block = next(iter(rules.file.of("params")), None)
    if block is None:
        block = rules.file.new("params", several=False)
        block.data = {}
    seen: dict[str, int] = {}
    for row in table.rows:
        try:
            name = as_text(row.cells["Name"])
            if name not in names:
                what = f"„{name}“ ist keine der Zahlen.{proposal(name, names)}" if name else "ist leer. Nennen Sie die Zahl."
                report.findings.append(Finding(PARAMS, row.number, "Name", what))
                continue
            if name in seen:
                what = f"„{name}“ steht schon in Zeile {seen[name]}. Streichen Sie eine Zeile."
                report.findings.append(Finding(PARAMS, row.number, "Name", what))
                continue
            seen[name] = row.number
            value = as_number(row.cells["Wert"])
        except CellWrong as wrong:
            report.findings.append(Finding(PARAMS, row.number, "Wert", str(wrong)))
            continue
        _set_param(block, name, value, report)
    for name in [name for name in block.data if name not in seen]:
        _set_param(block, name, None, report)
    if block.data and block not in rules.file.blocks:
        rules.file.arrange("params", [block])


def _set_param(block: Block, name: str, value: int | None, report: Report) -> None:
    if value == block.data.get(name):
        return
    if value is None:
        block.drop(name)
    else:
        block.set(name, value)
    report.changes.append(Change(PARAMS, name, "geändert", ("Wert",)))


def _dates(sheet: str, rows: Rows, findings: list[Finding]) -> None:
    for row, block in rows:
        first, last = block.data.get("valid_from"), block.data.get("valid_until")
        if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
            what = f"endet am {last:%d.%m.%Y}, bevor es am {first:%d.%m.%Y} beginnt."
            findings.append(Finding(sheet, row.number, "gültig bis", what))


def _precedence(rows: Rows, findings: list[Finding]) -> None:
    known = [block.id for _, block in rows]
    for row, block in rows:
        over = block.data.get("over", [])
        for name in over:
            if name not in known:
                what = f"„{name}“ ist keine Regel.{proposal(name, known)}"
                findings.append(Finding(SHEETS["rule"], row.number, "Vorrang vor", what))
            elif known.index(name) <= known.index(block.id):
                what = f"„{name}“ steht nicht unter dieser Regel. Vorrang hat eine Regel nur vor späteren."
                findings.append(Finding(SHEETS["rule"], row.number, "Vorrang vor", what))
        if over and not block.data.get("over_because"):
            what = "ist leer. Sagen Sie, warum diese Regel Vorrang hat."
            findings.append(Finding(SHEETS["rule"], row.number, "Begründung", what))


def _last_rule(rows: Rows, findings: list[Finding]) -> None:
    if not rows:
        if not findings:
            findings.append(Finding(SHEETS["rule"], 0, "", "enthält keine Regel."))
    elif rows[-1][1].data.get("when"):
        what = "die letzte Regel darf keine Bedingung haben, damit niemand ohne Antwort bleibt."
        findings.append(Finding(SHEETS["rule"], rows[-1][0].number, "", what))


def _confirmations(rows: Rows, findings: list[Finding]) -> None:
    """What is asked and what the history says of it belong together."""
    for row, block in rows:
        confirm = block.data.get("confirm")
        if confirm and not block.data.get("agreed"):
            what = "ist leer. Sagen Sie, wie der Verlauf die Bestätigung nennt."
            findings.append(Finding(SHEETS["condition"], row.number, "Vermerk", what))
        if block.data.get("asks_date") and not confirm:
            what = "ist leer. Nach einem Datum wird nur gefragt, wo etwas zu bestätigen ist."
            findings.append(Finding(SHEETS["condition"], row.number, "Bestätigung", what))


def _condition_still_there(done: dict[str, Rows], findings: list[Finding]) -> None:
    """A rule whose cell did not change may name a condition whose row was taken away."""
    known = {block.id for _, block in done["condition"]}
    told = {(finding.row, finding.column) for finding in findings if finding.sheet == SHEETS["rule"]}
    for row, block in done["rule"]:
        name = block.data.get("condition")
        if name and name not in known and (row.number, "Bedingung") not in told:
            what = f"„{name}“ steht nicht im Blatt „{SHEETS['condition']}“.{proposal(name, known)}"
            findings.append(Finding(SHEETS["rule"], row.number, "Bedingung", what))
