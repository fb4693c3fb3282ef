"""Deciding facts as a decision names them (`decided_by`, `changes`): the names of the rule file, with her values.

A fact is true or false. A fact that has the options of a question as its values is the option she chose (null: none).
For several choices it is the option that counted; under `<name>_nicht` stands one that counted because it was not chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dialogs.conditions import Case
from dialogs.proof.deciding import Turned
from dialogs.proof.fact_space import Column
from dialogs.routing import Decision

NOT = "_nicht"


def named(facts: Iterable[tuple[Column, int]], case: Case) -> Mapping[str, object]:
    """Each column with its value in this case."""
    found: dict[str, object] = {}
    options: dict[str, list[str]] = {}
    for column, value in facts:
        if column.is_fact:
            found[column.name] = bool(value)
        elif column.groups:
            answer = case.get(column.question)
            found[column.name] = answer if isinstance(answer, str) else None
        else:
            name = column.name if value else column.name + NOT
            some = options.setdefault(name, [])
            some += (option for option in column.answers(value) if option not in some)
            found[name] = some[0] if len(some) == 1 else list(some)
    return found


def change_of(column: Column, mine: int, turn: Turned, decision: Decision) -> Mapping[str, object] | None:
    """What this turned fact would have changed; None if it has no name (another need, whichever)."""
    name, value = column.name, None
    if column.is_fact:
        told: object = bool(turn.value)
    else:
        value = turn.value or mine
        name = name if turn.value else name + NOT
        options = column.answers(value)
        if not options or (column.needs and not turn.value):
            return None
        told = options[0] if len(options) == 1 else list(options)
    return {"fact": name, "value": told, **elsewhere(turn.place, decision)}


def elsewhere(place: tuple[str, str, str | None, bool], decision: Decision) -> Mapping[str, object]:
    """Where it would lead: the Dienst, and how, if that differs too."""
    dienst, mode, flag, urgent = place
    found: dict[str, object] = {"dienst": dienst}
    if mode != decision.mode:
        found["mode"] = mode
    if urgent != decision.urgent:
        found["urgent"] = urgent
    if flag != decision.flag:
        found["flag"] = flag
    return found
