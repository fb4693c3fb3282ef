"""Answers that nobody knows: where silence counts as "no" by intention, it is said aloud.

Everywhere else a missing answer can't lead to a later row: `dialogs.routing` names a place only if all completions agree.
That is compared with these diagrams in the tests; that the clearing Dienst has a Stelle everywhere is proved in `services`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dialogs.conditions import Said
from dialogs.proof.day import Day
from dialogs.proof.findings import Finding
from dialogs.proof.sides import rows_of


def agreed(day: Day, people: int) -> tuple[object, ...] | None:
    """The place where all of these people are sent, or None if a human has to decide."""
    diagrams = day.space.diagrams
    met = {cell.place for cell in day.table.cells if diagrams.meet(people, cell.people)}
    return met.pop() if len(met) == 1 else None


def counted_as_no(day: Day) -> Iterator[Finding]:
    """Questions whose silence a rule takes for "no": because nothing of them is kept, or because a fact says so."""
    by_id = day.script.questionnaire.by_id
    told: set[str] = set()
    for rule in rows_of(day):
        for atom in rule.condition.atoms():
            question = by_id.get(atom.question)
            if question is None or question.id in told:
                continue
            if isinstance(atom, Said):
                why = "Ein Fakt verlangt, dass die Antwort ausdrücklich gegeben wurde"
            elif not question.store and question.skip:
                why = "Die Antwort wird nicht gespeichert"
            else:
                continue
            told.add(question.id)
            yield day.finding(
                "unknown-as-no", "question", question.id, f"Wer diese Frage nicht beantwortet, zählt als „nein“: {why}.",
                "Prüfen, ob das so gewollt ist.", remark=True,
            )  # fmt: skip
