"""Deciding facts as a decision names them (`decided_by`, `changes`): the names of the rule file, with the values that count.

A fact is true or false. Of a fact that has the options of a question as its values, the option is named that she chose (a
list, if the rules never tell some options apart). Under `<name>_nicht` stands what counted because she did not choose it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dialogs.answer_space.deciding import Turned
from dialogs.answer_space.fact_space import Column
from dialogs.facts import NOT
from dialogs.routing import Decision


def named(facts: Iterable[tuple[Column, int]]) -> Mapping[str, object]:
    """Each column with its value."""
    found: dict[str, object] = {}
    options: dict[str, list[str]] = {}
    for column, value in facts:
        if column.is_fact:
            found[column.name] = bool(value)
            continue
        name = column.name if value else column.name + NOT
        some = options.setdefault(name, [])
        some += (option for option in column.answers(value) if option not in some)
        found[name] = some[0] if len(some) == 1 else some
    return found


def change_of(turn: Turned, column: Column, decision: Decision) -> Mapping[str, object]:
    """What this turned fact would have changed."""
    (name, value), = named([(column, turn.value)]).items()
    return {"fact": name, "value": value, **elsewhere(turn.place, decision)}


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
