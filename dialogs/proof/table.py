"""The first table over everybody at once: who gets which rule, which row of a topic, which place.

First match: a rule decides for those whom no earlier one matches. A topic rule sends by the rows of the person's topics;
where her topics disagree, a human decides, as in `dialogs.routing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.answer_space.diagram import NONE
from dialogs.answer_space.space import Space
from dialogs.conditions import Condition, among
from dialogs.outcomes import Outcome
from dialogs.routing import TOPIC, Rule

NEEDS = "S15_needs"
CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class Cell:
    """The people who get one decision. `rule` is the one that decided; `row` of a topic, if there is one for all of them."""

    rule: Rule
    dienst: str
    mode: str
    people: int
    place: tuple[object, ...]

    @property
    def decision(self) -> tuple[object, ...]:
        """What of it counts as another decision, for whoever stands on the other side of a boundary."""
        return (*self.place, self.rule.urgent)


class Table:
    """`decides[id]`: for whom this rule is the first match. `rows[id]`: who is sent by this topic row.

    `nobody`: people without any decision. `topicless[need]`: people who are sent by topic and have this one, for which
    no row holds. `disputed`: people whose topics lead to different places.
    """

    def __init__(self, space: Space, replaced: Mapping[str, Condition] | None = None) -> None:
        self.space = space
        self._replaced = replaced or {}
        diagrams, book = space.diagrams, space.script.book
        self.rules = book.valid_rules(space.on)
        self.matches: dict[str, int] = {}
        self.decides: dict[str, int] = {}
        self.rows: dict[str, int] = {}
        self.topicless: dict[str, int] = {}
        self.disputed = NONE
        self.cells: list[Cell] = []
        left = space.possible
        unserved = NONE
        for rule in self.rules:
            self.matches[rule.id] = diagrams.both(self._of(rule), space.possible)
            people = self.decides[rule.id] = diagrams.both(left, self.matches[rule.id])
            left = diagrams.without(left, people)
            if people == NONE:
                continue
            if rule.to == TOPIC:
                unserved = diagrams.either(unserved, self._topic(rule, people))
            else:
                self.cells.append(Cell(rule, rule.to, rule.mode, people, Outcome(rule, rule.to).place))
        self.unmatched = left
        self.nobody = diagrams.either(left, unserved)

    def primary(self, dienst: str) -> int:
        """Who is sent there first; a case that a human decides is not."""
        return self.space.diagrams.any_of(cell.people for cell in self.cells if cell.dienst == dienst and cell.mode != CLEARING)

    def where(self, *, urgent: bool | None = None, mode: str | None = None) -> int:
        return self.space.diagrams.any_of(
            cell.people
            for cell in self.cells
            if (urgent is None or cell.rule.urgent is urgent) and (mode is None or cell.mode == mode)
        )

    def valid_topics(self) -> tuple[Rule, ...]:
        return tuple(row for row in self.space.script.book.topics if row.valid(self.space.on))

    def _of(self, rule: Rule) -> int:
        return self.space.of(self._replaced.get(rule.id, rule.condition))

    def _topic(self, rule: Rule, people: int) -> int:
        """Splits these people by their topics; gives back those for whom no row holds at all."""
        diagrams = self.space.diagrams
        there: dict[str, int] = {}
        by_need: dict[str, list[Rule]] = {}
        for row in self.valid_topics():
            by_need.setdefault(str(row.need), []).append(row)
        for need in self._needs():
            rest = diagrams.both(people, self.space.of(among(NEEDS, need)))
            for row in by_need.get(need, ()):
                sent = diagrams.both(rest, self._of(row))
                rest = diagrams.without(rest, sent)
                self.rows[row.id] = diagrams.either(self.rows.get(row.id, NONE), sent)
                there[row.to] = diagrams.either(there.get(row.to, NONE), sent)
            self.topicless[need] = diagrams.either(self.topicless.get(need, NONE), rest)
        served = several = NONE
        for sent in there.values():
            several = diagrams.either(several, diagrams.both(served, sent))
            served = diagrams.either(served, sent)
        for dienst, sent in there.items():
            one = diagrams.without(sent, several)
            if one != NONE:
                self.cells.append(Cell(rule, dienst, rule.mode, one, Outcome(rule, dienst).place))
        if several != NONE and rule.mode != "info_only":
            self.disputed = diagrams.either(self.disputed, several)
            clearing = self.space.script.book.clearing
            self.cells.append(Cell(rule, clearing, CLEARING, several, (clearing, CLEARING)))
        return diagrams.without(people, served)

    def _needs(self) -> tuple[str, ...]:
        question = self.space.script.questionnaire.by_id.get(NEEDS)
        return tuple(option.id for option in question.options if not option.exclusive) if question else ()
