"""The facts that the rules of a day look at, which combinations of their values real people have, and where each leads.

Much smaller than the answer space, and exact: where a person is sent depends on these facts alone. Facts depend on each
other (somebody under 16 is not `jung`), so not every combination occurs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dialogs.answer_space.diagram import ALL, NONE, Diagrams
from dialogs.answer_space.image import image
from dialogs.answer_space.space import Space
from dialogs.compiled import Values
from dialogs.conditions import All, Any, AtLeast, Case, Condition, Not, Partly, among
from dialogs.facts import OPTION_FACTS
from dialogs.routing import TOPIC, Rule, RuleBook
from dialogs.script import Script
from dialogs.table import table

THEMA = "thema"
NEEDS = OPTION_FACTS[THEMA]

# Dienst, mode, condition, urgent: what must be the same for two decisions to be the same. None: not settled by facts.
Place = tuple[str, str, str | None, bool]
Seen = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that rules look at. `name` is its name in the rules.

    A fact has the values 0 and 1, and so has one `option` of a question with several choices; `term` is the number of its
    condition. A question with one answer has a value for each group of options that the rules never tell apart (`groups`);
    0 is what no rule names.
    """

    name: str
    size: int = 2
    term: int | None = None
    question: str = ""
    option: str | None = None
    groups: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_fact(self) -> bool:
        return not self.question

    def read(self, case: Case) -> int | None:
        """The value in this case where it is no term; None if it is not known."""
        found = case.get(self.question)
        if found is None or isinstance(found, Partly):
            return None if found is not None or self.question in case.silent else 0
        return self.groups.get(found, 0) if isinstance(found, str) else 0

    def answers(self, value: int) -> tuple[str, ...]:
        """The option ids that this value stands for; of 0, those that were not chosen."""
        if self.option is not None:
            return (self.option,)
        return tuple(option for option, group in self.groups.items() if group == value or not value)


class FactSpace:
    """One for each way the rules and the answer space can look on a day (`shape`).

    The last variable of `diagrams` is where the rest leads: an index into `places`.
    """

    def __init__(self, script: Script, on: dt.date) -> None:
        self.script, self.on = script, on
        rows = table(script.book, on)
        self.rules: tuple[Rule, ...] = tuple(rule for rule, _ in rows.rules)
        self.needs = {need: tuple(rule for rule, _ in found) for need, (_, found) in rows.needs.items()}
        self.columns = tuple(_columns(script.book, self.rules, self.needs, rows.terms.number))
        self._at: dict[tuple[str, str | None], int] = {
            (column.name, column.option): index for index, column in enumerate(self.columns)
        }
        # The column of each need, as far as topics have rows for it.
        self.need_columns = {need: at for need in self.needs if (at := self._at.get((THEMA, need))) is not None}
        self.places: list[Place | None] = [None]
        for rule in self.rules:
            topics = [row.to for found in self.needs.values() for row in found] if rule.to == TOPIC else [rule.to]
            for to in topics:
                place = (to, rule.mode, rule.flag, rule.urgent)
                if place not in self.places:
                    self.places.append(place)
        self.where = len(self.columns)
        self._terms = tuple(column.term or 0 for column in self.columns)
        self._others = tuple((index, column) for index, column in enumerate(self.columns) if column.term is None)
        self.diagrams = Diagrams([*(column.size for column in self.columns), len(self.places)])
        # To which places a diagram of rows can lead at all, as bits; `anywhere` has all of them.
        self.anywhere = (1 << len(self.places)) - 1
        self.below: dict[int, int] = {NONE: 0}

    def seen(self, values: Values) -> Seen:
        """The values of all columns in this case; None where one is not known."""
        found: list[int | None] = list(values.several(self._terms))
        for index, column in self._others:
            found[index] = column.read(values.case)
        return tuple(found)

    # -- what rules look at ------------------------------------------------------------------------------------------

    def of_rule(self, rule: Rule) -> tuple[int, ...]:
        """The columns this rule names, in its order."""
        found: dict[int, None] = {}
        for name, values in rule.when.items():
            if OPTION_FACTS.get(name, "") in self.script.book.several:
                found |= dict.fromkeys(self._at[name, str(value)] for value in values)
            else:
                found[self._at[name, None]] = None
        return tuple(found)

    def people(self, rule: Rule) -> int:
        """The rows of which all conditions of this rule hold."""
        diagrams, found = self.diagrams, ALL
        for name, values in rule.when.items():
            if OPTION_FACTS.get(name, "") in self.script.book.several:
                held = diagrams.any_of(diagrams.where(self._at[name, str(value)], bool) for value in values)
            else:
                index = self._at[name, None]
                column = self.columns[index]
                wanted = {int(bool(v)) for v in values} if column.is_fact else {column.groups[str(v)] for v in values}
                held = diagrams.where(index, wanted.__contains__)
            found = diagrams.both(found, held)
        return found

    # -- where they lead ---------------------------------------------------------------------------------------------

    @cached_property
    def all_rows(self) -> int:
        """Every row, possible or not, with where it leads: for people whom the questionnaire does not let through."""
        diagrams = self.diagrams
        found, rest = NONE, ALL
        for rule in self.rules:
            here = diagrams.both(rest, self.people(rule))
            rest = diagrams.without(rest, here)
            for people, to in self._leads(rule, here):
                label = self.places.index((to, rule.mode, rule.flag, rule.urgent)) if to else 0
                found = diagrams.either(found, diagrams.both(people, diagrams.cube({self.where: label})))
        return self._noted(diagrams.either(found, diagrams.both(rest, diagrams.cube({self.where: 0}))))

    def _noted(self, rows: int) -> int:
        """The same rows, with `below` filled in."""

        def below(rows: int) -> int:
            if rows not in self.below:
                found, parts = 0, self.diagrams.parts(rows)
                if self.diagrams.first(rows) == self.where:
                    found = sum(1 << label for label, some in enumerate(parts) if some != NONE)
                else:
                    for part in parts:
                        found |= below(part)
                self.below[rows] = found
            return self.below[rows]

        below(rows)
        return rows

    def _leads(self, rule: Rule, here: int) -> Iterator[tuple[int, str | None]]:
        if rule.to != TOPIC:
            yield here, rule.to
            return
        diagrams = self.diagrams
        # Where the needs looked at so far lead: nowhere yet (""), to one Dienst, or to several (None).
        led: dict[str | None, int] = {"": here}
        for need, column in self.need_columns.items():
            chosen = diagrams.where(column, bool)
            before, led = led, {to: diagrams.without(people, chosen) for to, people in led.items()}
            for to, people in before.items():
                left = diagrams.both(people, chosen)
                for row in self.needs[need]:
                    some = diagrams.both(left, self.people(row))
                    left = diagrams.without(left, some)
                    both = row.to if to in ("", row.to) else None
                    led[both] = diagrams.either(led.get(both, NONE), some)
                led[to] = diagrams.either(led[to], left)
        yield from ((people, to or None) for to, people in led.items())

    @cached_property
    def real_rows(self) -> int:
        """The rows that people have who come out of the questionnaire, with where they lead."""
        space = Space(self.script, self.on)
        columns = [self._sets(space, column) for column in self.columns]
        possible = image(space.possible, columns, space.diagrams, self.diagrams)
        return self._noted(self.diagrams.both(possible, self.all_rows))

    def _sets(self, space: Space, column: Column) -> tuple[int, ...]:
        diagrams = space.diagrams
        if column.is_fact:
            held = [space.of(self.script.book.facts[column.name])]
        elif column.option is not None:
            held = [space.of(among(column.question, column.option))]
        else:
            held = [space.of(among(column.question, *column.answers(value))) for value in range(1, column.size)]
        return (diagrams.negation(diagrams.any_of(held)), *held)


def _columns(
    book: RuleBook, rules: tuple[Rule, ...], needs: Mapping[str, tuple[Rule, ...]], number: Callable[[Condition], int]
) -> Iterator[Column]:
    topical = any(rule.to == TOPIC for rule in rules)
    looking = [*rules, *(row for rows in needs.values() for row in rows if topical)]
    named: dict[str, list[frozenset[str]]] = {}
    for rule in looking:
        for name, values in rule.when.items():
            named.setdefault(name, []).append(frozenset(str(value) for value in values))
    if topical and needs:
        named.setdefault(THEMA, []).append(frozenset(needs))
    options: list[Column] = []
    for name, sets in named.items():
        question = OPTION_FACTS.get(name)
        if question is None:
            yield Column(name, term=number(book.facts[name]))
        elif question in book.several:
            for option in sorted(frozenset().union(*sets)):
                options.append(Column(name, term=number(among(question, option)), question=question, option=option))
        else:
            alike: dict[tuple[bool, ...], int] = {}
            groups = {
                option: alike.setdefault(tuple(option in some for some in sets), len(alike) + 1)
                for option in sorted(frozenset().union(*sets))
            }
            yield Column(name, len(alike) + 1, question=question, groups=groups)
    # What a fact is made of counts too when people are compared: not `komplex` any more because help is not needed for
    # long, or because few offices are involved, are two different changes.
    parts = {part for name in named if name in book.facts for part in _parts(book.facts[name])}
    yield from (Column(name, term=number(fact)) for name, fact in book.facts.items() if name not in named and fact in parts)
    # Last, because facts that count them are smaller so.
    yield from options


def _parts(condition: Condition) -> Iterator[Condition]:
    match condition:
        case Not(inner):
            yield from (inner, *_parts(inner))
        case All(parts) | Any(parts) | AtLeast(_, parts):
            for part in parts:
                yield from (part, *_parts(part))


def shape(script: Script, on: dt.date) -> tuple[object, ...]:
    """Two days with the same shape have the same rows: the same rules and questions are valid, and dates are cut alike."""
    rows = table(script.book, on)
    valid = tuple(rule.id for rule, _ in rows.rules), tuple(row.id for _, found in rows.needs.values() for row, _ in found)
    asked = tuple(question.id for question in script.questionnaire.questions if question.valid(on))
    return (*valid, asked, tuple(_cuts(script, on)))


def _cuts(script: Script, on: dt.date) -> Iterable[object]:
    atoms: dict[str, list[object]] = {}
    for condition in (*script.book.facts.values(), *(rule.condition for rule in script.book.rules)):
        for atom in condition.atoms():
            question = script.questionnaire.by_id.get(atom.question)
            if question is not None and question.kind in ("date", "month", "number"):
                atoms.setdefault(atom.question, []).append(atom)
    for question_id, found in sorted(atoms.items()):
        points = sorted({point for atom in found for point in atom.turning_points(on)})  # type: ignore[attr-defined]
        yield question_id, tuple(dict.fromkeys(tuple(atom.holds(p, on) for atom in found) for p in points))  # type: ignore[attr-defined]
