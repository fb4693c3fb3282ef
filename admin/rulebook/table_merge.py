"""A table that was edited, laid beside what it was exported from: only cells that differ are written.

Rows find their blocks by number. A row whose number is new belongs to the block that lost its number if most of its other
cells are the same: then somebody renamed it. Whatever else is in the block, also what no column shows, stays.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from admin.rulebook.cells import Cell, as_text
from admin.rulebook.columns import Column, Data, Editable
from admin.rulebook.sheet_findings import CellWrong, Finding, proposal
from admin.rulebook.sheet_reading import Row, Table, tidy

RENAMED = 0.6


class Item(Editable, Protocol):
    """Something with a number that a row shows."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Item)


@dataclass(frozen=True, slots=True)
class Change:
    """What an import did to one row. `what` is neu, geändert, entfernt or verschoben; `columns` only for geändert."""

    sheet: str
    id: str
    what: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.sheet}: {self.id} {self.what}" + (f" ({', '.join(self.columns)})" if self.columns else "")

    def to_json(self) -> dict[str, object]:
        return {"sheet": self.sheet, "id": self.id, "what": self.what, "columns": list(self.columns)}


@dataclass(slots=True)
class Report:
    """What is wrong and what has changed, gathered over all sheets. `rows`: where each id stands, sheet and row."""

    findings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: dict[str, tuple[str, int]] = field(default_factory=dict)


def shown(columns: Sequence[Column], data: Data) -> dict[str, Cell]:
    """The row of a block."""
    return {column.heading: tidy(column.read(data)) for column in columns}


def matching_columns(
    table: Table, columns: Sequence[Column], more: Callable[[str], Column | None], known: Sequence[str], findings: list[Finding]
) -> list[Column]:
    """The columns of the sheet in the order of `columns`, those it may have besides behind them.

    `more` makes a column of a heading that is allowed but not in use; `known`: all headings there could be, for proposals.
    """
    found = list(columns)
    headings = {column.heading for column in columns}
    if not table.headings:
        return found
    for column in columns:
        if column.heading not in table.headings:
            what = "fehlt. Fügen Sie die Spalte wieder ein oder exportieren Sie neu; zum Leeren löschen Sie nur die Zellen."
            findings.append(Finding(table.sheet, 1, column.heading, what))
    for heading in dict.fromkeys(table.headings):
        if heading in headings:
            continue
        extra = more(heading)
        if extra is not None:
            found.append(extra)
        else:
            what = f"diese Spalte kenne ich nicht. Löschen Sie sie.{proposal(heading, known)}"
            findings.append(Finding(table.sheet, 1, heading, what))
    return found


def merge_rows(
    table: Table, columns: Sequence[Column], items: Sequence[T], new: Callable[[], T], report: Report, *,
    key: Column, number: Callable[[Row], str] | None = None,
) -> list[tuple[Row, T]]:  # fmt: skip
    """Write the rows into their items; the items as the table wants them, in its order, with their rows.

    `key` is the column with the number; `number` reads it where several cells together are the number.
    """
    identify = number or (lambda row: _word(row.cells.get(key.heading)))
    before = {id(item): shown(columns, item.data) for item in items}
    rows = _numbered(table, key, identify, report.findings)
    pairs = _paired(rows, items, before, key)
    done: list[tuple[Row, T]] = []
    for row, named, item in pairs:
        fresh = item is None
        target = new() if item is None else item
        old = {} if item is None else before[id(item)]
        renamed = item is not None and item.id != named
        changed = _write(table.sheet, row, columns, old, target, report.findings, again=fresh or renamed)
        if fresh:
            report.changes.append(Change(table.sheet, named, "neu"))
        elif changed:
            report.changes.append(Change(table.sheet, named, "geändert", tuple(changed)))
        done.append((row, target))
        report.rows.setdefault(named, (table.sheet, row.number))
    kept = {id(item) for _, item in done}
    report.changes += [Change(table.sheet, item.id, "entfernt") for item in items if id(item) not in kept]
    report.changes += [Change(table.sheet, name, "verschoben") for name in _moved(items, [item for _, item in done])]
    return done


def _word(cell: Cell) -> str:
    try:
        return as_text(cell)
    except CellWrong:
        return ""


def _numbered(
    table: Table, key: Column, identify: Callable[[Row], str], findings: list[Finding]
) -> list[tuple[Row, str]]:
    seen: dict[str, int] = {}
    rows = []
    for row in table.rows:
        named = identify(row)
        if not named:
            findings.append(Finding(table.sheet, row.number, key.heading, "ist leer. Jede Zeile braucht hier einen Namen."))
        elif named in seen:
            what = f"„{named}“ steht schon in Zeile {seen[named]}. Geben Sie einer der Zeilen einen anderen Namen."
            findings.append(Finding(table.sheet, row.number, key.heading, what))
        else:
            seen[named] = row.number
            rows.append((row, named))
    return rows


def _paired(
    rows: Sequence[tuple[Row, str]], items: Sequence[T], before: Mapping[int, Mapping[str, Cell]], key: Column
) -> list[tuple[Row, str, T | None]]:
    by_id = {item.id: item for item in items}
    named = {name for _, name in rows}
    lost = [item for item in items if item.id not in named]
    pairs: list[tuple[Row, str, T | None]] = []
    for row, name in rows:
        found = by_id.get(name)
        if found is None and lost:
            likeness = [_likeness(row.cells, before[id(item)], key.heading) for item in lost]
            best = max(range(len(lost)), key=likeness.__getitem__)
            if likeness[best] >= RENAMED:
                found = lost.pop(best)
        pairs.append((row, name, found))
    return pairs


def _likeness(row: Mapping[str, Cell], old: Mapping[str, Cell], key: str) -> float:
    headings = [name for name in old if name != key and (row.get(name) is not None or old[name] is not None)]
    same = sum(row.get(name) == old[name] for name in headings)
    return same / len(headings) if same > 1 else 0.0


def _write(
    sheet: str, row: Row, columns: Sequence[Column], old: Mapping[str, Cell], target: Item, findings: list[Finding], *,
    again: bool,
) -> list[str]:  # fmt: skip
    changed = []
    for column in columns:
        cell = row.cells.get(column.heading)
        if column.needed and cell is None:
            findings.append(Finding(sheet, row.number, column.heading, "ist leer. Hier muss etwas stehen."))
            continue
        if cell == old.get(column.heading) and type(cell) is type(old.get(column.heading)) and not (again and column.sticky):
            continue
        earlier = _snapshot(target, column)
        try:
            column.write(target, cell)
        except CellWrong as wrong:
            findings.append(Finding(sheet, row.number, column.heading, str(wrong)))
            continue
        except ValueError:
            what = "steht in der TOML-Datei in einer Form, die sich aus der Tabelle nicht ändern lässt. Ändern Sie es dort."
            findings.append(Finding(sheet, row.number, column.heading, what))
            continue
        if _snapshot(target, column) != earlier:
            changed.append(column.heading)
    return changed


def _snapshot(target: Item, column: Column) -> Any:
    return tidy(column.read(target.data))


def _moved(before: Sequence[T], after: Sequence[T]) -> list[str]:
    """Those that stand in another order than the rest; the fewest that explain it."""
    old = [item for item in before if any(item is other for other in after)]
    kept = [item for item in after if any(item is other for other in before)]
    positions = {id(item): index for index, item in enumerate(old)}
    order = [positions[id(item)] for item in kept]
    steady: set[int] = set()
    for match in difflib.SequenceMatcher(a=range(len(order)), b=order, autojunk=False).get_matching_blocks():
        steady |= set(range(match.a, match.a + match.size))
    return [item.id for item in kept if positions[id(item)] not in steady]
