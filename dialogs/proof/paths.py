"""All ways through the questionnaire: which questions somebody can be asked, how many, and how many mostly.

A way is a set of questions that somebody is asked, from the language to the last question after the result. The
channel (`@door`), the link and what the destination takes (`@ziel`) may be anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.answer_space.diagram import NONE
from dialogs.answer_space.space import Space, Variable, requirements
from dialogs.model import Question
from dialogs.script import Script

GIVEN = "given"


class AllQuestions(Space):
    """The space in which every question counts, those after the result too, and also the names that are no questions."""

    def _counts(self, question: Question) -> bool:
        return question.valid(self.on)

    def _variables(self) -> Iterator[Variable]:
        asked = [need for question in self.script.questionnaire.questions for need in requirements(question)]
        for name in sorted({key for key, _ in asked if key.startswith("@")}):
            named = {value for key, values in asked if key == name for value in values}
            yield Variable(name, ("", *sorted(named)))
        for variable in super()._variables():
            if variable.question.startswith("@"):
                continue
            # What nobody looks at needs no values, only to be answered.
            yield Variable(variable.question, (None, GIVEN)) if variable.values == (None,) else variable


@dataclass(frozen=True, slots=True)
class Ways:
    """`ways`: the counted questions of each way, in order. Each way counts once, however many people go it."""

    ways: tuple[tuple[str, ...], ...]

    @property
    def longest(self) -> tuple[str, ...]:
        return max(self.ways, key=len, default=())

    @property
    def median(self) -> tuple[str, ...]:
        """Half of all ways are at most as long as this one."""
        ordered = sorted(self.ways, key=len)
        return ordered[(len(ordered) - 1) // 2] if ordered else ()


def ways(script: Script, on: dt.date) -> Ways:
    """Every way that somebody can go on this day."""
    space = AllQuestions(script, on)
    diagrams = space.diagrams
    asked = [(question, space.asked(question)) for question in space.questions]
    looked_at = frozenset().union(*(diagrams.variables(people) for _, people in asked))
    everybody = diagrams.forget(space.possible, frozenset(range(len(space.variables))) - looked_at)
    found: dict[tuple[str, ...], int] = {(): everybody}
    for question, people in asked:
        if not question.counted:
            continue
        split: dict[tuple[str, ...], int] = {}
        for way, who in found.items():
            for longer, rest in ((*way, question.id), diagrams.both(who, people)), (way, diagrams.without(who, people)):
                if rest != NONE:
                    split[longer] = rest
        found = split
    return Ways(tuple(found))
