"""The second table over everybody at once: to whom which further place is shown, at most three, in the order of the rows.

Who sees what depends on the first decision only through the place and its urgency. So the rows are worked out once for
each of these, without the people, and are only then held against them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from dialogs.answer_space.diagram import ALL, NONE
from dialogs.proof.table import Table
from dialogs.routing import Rule

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """One row for people with one first decision: for whom its condition `holds`, whether it is the `first` to name its
    place (and that is not the primary one), and `visible` (it is also among those shown)."""

    row: Rule
    holds: int
    first: int
    visible: int


class Further:
    """`groups[dienst, urgent]`: the people with this first decision, and the rows for them."""

    def __init__(self, table: Table, unknown: Collection[int] = ()) -> None:
        """`unknown`: variables whose value is not known; then only what holds for every value is shown."""
        self._space, self._unknown = table.space, frozenset(unknown)
        self.rows = tuple(row for row in table.space.script.book.also if row.valid(table.space.on))
        people: dict[tuple[str, bool], int] = {}
        for cell in table.cells:
            key = (cell.dienst, cell.rule.urgent)
            people[key] = table.space.diagrams.either(people.get(key, NONE), cell.people)
        self.groups = {key: (who, tuple(self._rows(*key))) for key, who in people.items()}

    def somebody(self, row_id: str, what: str) -> bool:
        """Whether `what` (holds, first, visible) is so of this row for anybody."""
        return any(
            self._space.diagrams.meet(who, getattr(shown, what))
            for who, rows in self.groups.values()
            for shown in rows
            if shown.row.id == row_id
        )

    def seen(self, dienst: str) -> Iterator[int]:
        """Sets of people that together are all who see this further place."""
        for who, rows in self.groups.values():
            for shown in rows:
                if shown.row.to == dienst and shown.visible != NONE:
                    yield self._space.diagrams.both(who, shown.visible)

    def places(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.to for row in self.rows))

    def _rows(self, dienst: str, urgent: bool) -> Iterator[Shown]:
        diagrams = self._space.diagrams
        added: dict[str, int] = {}
        # more[k]: to whom at least k places have been added.
        more = [ALL] + [NONE] * MOST_SHOWN
        for row in self.rows:
            holds = self._of(row, dienst, urgent)
            first = NONE if row.to == dienst else diagrams.without(holds, added.get(row.to, NONE))
            yield Shown(row, holds, first, diagrams.without(first, more[MOST_SHOWN]))
            added[row.to] = diagrams.either(added.get(row.to, NONE), first)
            for k in range(MOST_SHOWN, 0, -1):
                more[k] = diagrams.either(more[k], diagrams.both(more[k - 1], first))

    def _of(self, row: Rule, dienst: str, urgent: bool) -> int:
        asked = {atom.question for atom in row.condition.atoms()}
        given = {"@ziel": dienst, "@dringend": "ja" if urgent else "nein"}
        found = self._space.of(row.condition, given) if asked & set(given) else self._space.of(row.condition)
        diagrams = self._space.diagrams
        if not self._unknown & diagrams.variables(found):
            return found
        # What does not hold for some value is unknown, and so not shown. Value 0 is "not asked", which is no answer.
        answered = diagrams.all_of(diagrams.where(index, bool) for index in self._unknown)
        outside = diagrams.without(answered, found)
        return diagrams.negation(diagrams.forget(outside, self._unknown))
