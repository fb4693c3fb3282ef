"""Where the facts alone do not force the place (some are not known): the answers that do."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.answer_space.diagram import NONE
from dialogs.answer_space.fact_space import NEEDS
from dialogs.answer_space.space import Space
from dialogs.answers import NoAnswer, Value, to_json
from dialogs.conditions import Case, among
from dialogs.outcomes import TOPIC
from dialogs.routing import Decision
from dialogs.table import table


def deciding_answers(space: Space, decision: Decision, case: Case) -> Mapping[str, object]:
    """The fewest of her answers that lead everybody who gives them to the decided place (question: answer, as JSON).

    If nobody can have given these answers together (a file from outside), those that the matching rule looks at.
    """
    asked = [question.id for question in space.questions]
    given = {key: case.answers[key] for key in asked if key in case.answers and not isinstance(case.answers[key], NoAnswer)}
    sets = {key: space.set_of({key: value}) for key, value in given.items()}
    diagrams = space.diagrams
    elsewhere = diagrams.without(space.possible, _led_there(space, decision))
    together = diagrams.all_of(sets.values())
    if together == NONE or diagrams.meet(together, elsewhere):
        (rule,) = (rule for rule in space.script.book.rules if rule.id == decision.rule)
        looked_at = {atom.question for atom in rule.condition.atoms()}
        return _plain({key: value for key, value in given.items() if key in looked_at})
    # What is asked early (age, paper) explains more: so the last answers are left out first.
    for key in reversed(list(given)):
        rest = diagrams.both(space.possible, diagrams.all_of(some for other, some in sets.items() if other != key))
        if not diagrams.meet(rest, elsewhere):
            del sets[key]
    return _plain({key: given[key] for key in given if key in sets})


def _led_there(space: Space, decision: Decision) -> int:
    """Everybody who is sent to this Dienst in this mode under this condition."""
    diagrams, found, rest = space.diagrams, NONE, space.possible
    rows = table(space.script.book, space.on)
    named = {need: space.of(among(NEEDS, need)) for need in rows.needs}
    several = diagrams.at_least(2, list(named.values()))
    for rule, _ in rows.rules:
        here = diagrams.both(rest, space.of(rule.condition))
        rest = diagrams.without(rest, here)
        if (rule.mode, rule.flag) != (decision.mode, decision.flag):
            continue
        if rule.to == decision.dienst:
            found = diagrams.either(found, here)
        elif rule.to == TOPIC:
            for need, (_, topic_rows) in rows.needs.items():
                left = diagrams.without(diagrams.both(here, named[need]), several)
                for row, _ in topic_rows:
                    some = diagrams.both(left, space.of(row.condition))
                    left = diagrams.without(left, some)
                    found = diagrams.either(found, some) if row.to == decision.dienst else found
    return found


def _plain(answers: Mapping[str, Value]) -> dict[str, object]:
    return {key: to_json(value) for key, value in answers.items()}
