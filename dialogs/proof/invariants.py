"""The county's invariants, proved of every decision: for everybody, the primary Dienst and the further ones as shown.

A case that a human decides (`clearing`) is no recommendation and neither keeps nor breaks one. What is proved of complete
answers holds of incomplete ones too: there a Dienst is named only if all completions agree on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dialogs.answer_space.diagram import NONE
from dialogs.invariant import Demand, Invariant
from dialogs.proof.day import Day, Duty
from dialogs.proof.findings import Finding
from dialogs.proof.table import CLEARING


def concerned(day: Day, invariant: Invariant) -> int:
    """The people of whom the invariant speaks."""
    people = day.space.diagrams.both(day.space.possible, day.space.of(invariant.when))
    if invariant.unless is not None:
        people = day.space.diagrams.without(people, day.space.of(invariant.unless))
    return people


def breach(day: Day, invariant: Invariant) -> int:
    """The people whose decision breaks it."""
    table, diagrams = day.table, day.space.diagrams
    people = diagrams.without(concerned(day, invariant), table.where(mode=CLEARING))
    match invariant.demand:
        case Demand.NEVER:
            return diagrams.both(people, diagrams.any_of(table.primary(dienst) for dienst in invariant.wanted))
        case Demand.PRIMARY:
            return _outside(day, people, [table.primary(dienst) for dienst in invariant.wanted])
        case Demand.URGENT:
            return _outside(day, people, [table.where(urgent=True)])
        case Demand.MODE:
            return _outside(day, people, [table.where(mode=mode) for mode in invariant.wanted])
        case Demand.AMONG:
            left = _outside(day, people, [table.primary(dienst) for dienst in invariant.wanted])
            return diagrams.any_of(
                _outside(day, diagrams.both(left, who), [shown.visible for shown in rows if shown.row.to in invariant.wanted])
                for who, rows in day.further.groups.values()
                if diagrams.meet(left, who)
            )


def _outside(day: Day, people: int, kept: list[int]) -> int:
    for one in kept:
        people = day.space.diagrams.without(people, one)
    return people


def broken(day: Day) -> Iterator[Finding]:
    for invariant in day.script.invariants:
        if not invariant.valid(day.on):
            continue
        people = breach(day, invariant)
        if people != NONE:
            rules = [rule.id for rule in day.table.rules if day.space.diagrams.meet(day.table.decides[rule.id], people)]
            yield day.finding(
                "invariant-broken", "invariant", invariant.id,
                f"Nicht eingehalten: {invariant.text} Dagegen verstoßen: {', '.join(rules)}.",
                "Die Regeln ändern; oder den Satz einschränken (unless), wenn er so nicht stimmt.", people,
            )  # fmt: skip


def about_somebody(day: Day) -> Iterator[Duty]:
    """An invariant that speaks of nobody proves nothing."""
    for invariant in day.script.invariants:
        if invariant.valid(day.on):
            key = ("invariant-idle", invariant.id)
            yield Duty(key, concerned(day, invariant) != NONE, partial(_idle, day, invariant))


def _idle(day: Day, invariant: Invariant) -> Finding:
    what = "Dieser Satz betrifft niemanden und beweist deshalb nichts."
    return day.finding("invariant-idle", "invariant", invariant.id, what, "when und unless prüfen.")
