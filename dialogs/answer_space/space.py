"""The answer space of a script on a day: everybody who can come out of its questionnaire, and conditions as sets of people.

One variable for each question with one answer, one for each option of a question with several. Dates, months and years
are cut where some condition changes, so that a few days stand for all. A question that does not concern a person has
the value `None`; answers that were refused or skipped are no values of their own, because a decision over them is one
over all their completions (`dialogs.routing`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dialogs import conditions as c
from dialogs.answer_space.diagram import ALL, NONE, Diagrams
from dialogs.answers import Value
from dialogs.conditions import Atom, Condition
from dialogs.model import Question, Requirement
from dialogs.script import Script

ENTRY = "@entry"
# What every door gives if no link said otherwise (`domain.md` A.1).
NO_LINK = "self"


@dataclass(frozen=True, slots=True)
class Variable:
    """`values[i]` is what value i means: an answer, or None if the question does not concern the person.

    For one option of a question with several choices the values are False and True.
    """

    question: str
    values: tuple[Value | bool | None, ...]
    option: str | None = None


Person = Mapping[str, Value]


class Space:
    """`possible`: the set of all people who can come out of the dialogue, as a diagram. `more`: further conditions to cut for.

    `ends`: whether rules that end the questions at once do so; without it, everybody is asked all that concerns her.
    """

    def __init__(self, script: Script, on: dt.date, more: Iterable[Condition] = (), *, ends: bool = True) -> None:
        self.script, self.on = script, on
        self._ends = ends
        self._atoms: dict[str, list[Atom]] = {}
        for condition in (*_conditions(script), *more):
            for atom in condition.atoms():
                self._atoms.setdefault(atom.question, []).append(atom)
        self.questions = tuple(question for question in script.questionnaire.questions if self._counts(question))
        self.variables = tuple(self._variables())
        self._of: dict[str, list[int]] = {}
        for index, variable in enumerate(self.variables):
            self._of.setdefault(variable.question, []).append(index)
        self.diagrams = Diagrams([len(variable.values) for variable in self.variables])
        self._seen: dict[Condition, int] = {}
        self.possible = self._possible()

    # -- conditions --------------------------------------------------------------------------------------------------

    def of(self, condition: Condition, given: Mapping[str, Value] | None = None) -> int:
        """The people of whom this holds. `given`: values of names that are no questions (`@ziel`, `@dringend`)."""
        if given:
            return self._build(condition, given)
        found = self._seen.get(condition)
        if found is None:
            found = self._seen[condition] = self._build(condition, {})
        return found

    def _build(self, condition: Condition, given: Mapping[str, Value]) -> int:
        diagrams = self.diagrams
        match condition:
            case c.Always():
                return ALL
            case c.Not(inner):
                return diagrams.negation(self._build(inner, given))
            case c.All(parts):
                return diagrams.all_of(self._build(part, given) for part in parts)
            case c.Any(parts):
                return diagrams.any_of(self._build(part, given) for part in parts)
            case c.AtLeast(count, parts):
                return diagrams.at_least(count, [self._build(part, given) for part in parts])
            case Atom():
                return self._atom(condition, given)
        raise TypeError(f"{type(condition).__name__} has no diagram")

    def _atom(self, atom: Atom, given: Mapping[str, Value]) -> int:
        if atom.question in given:
            return ALL if atom.holds(given[atom.question], self.on) else NONE
        indexes = self._of.get(atom.question, [])
        if not indexes:
            return NONE
        if self.variables[indexes[0]].option is not None:
            options: frozenset[str] = getattr(atom, "options", frozenset())
            return self.diagrams.any_of(
                self.diagrams.where(index, bool) for index in indexes if self.variables[index].option in options
            )
        values = self.variables[indexes[0]].values
        return self.diagrams.where(indexes[0], lambda value: self._holds(atom, values[value]))

    def _holds(self, atom: Atom, value: Value | bool | None) -> bool:
        return value is not None and not isinstance(value, bool) and atom.holds(value, self.on) is True

    # -- people ------------------------------------------------------------------------------------------------------

    def somebody(self, people: int) -> Person | None:
        """A complete person of this set with as few answers as there can be; None if nobody is in it."""
        chosen = self.values(people)
        return None if chosen is None else self.person(chosen)

    def values(self, people: int) -> tuple[int, ...] | None:
        """A value of every variable for `somebody` in this set."""
        return self.diagrams.cheapest(self.diagrams.both(people, self.possible), self.price)

    def indexes(self, question: str) -> tuple[int, ...]:
        """The variables of this question; none if its answer can't matter."""
        return tuple(self._of.get(question, ()))

    def witness(self, people: int) -> Person | None:
        """The answers that put somebody into this set whatever else she says: none of them can be left out."""
        chosen = self.diagrams.cheapest(self.diagrams.both(people, self.possible), self.price)
        if chosen is None:
            return None
        outside = self.diagrams.without(self.possible, people)
        kept = dict(enumerate(chosen))
        # Later questions first: what is asked early (age, paper) explains more.
        for index in reversed(range(len(self.variables))):
            value = kept.pop(index)
            if self.diagrams.meet(self.diagrams.cube(kept), outside):
                kept[index] = value
        return self.person(dict(sorted(kept.items())))

    def person(self, values: Iterable[int] | Mapping[int, int]) -> Person:
        """The answers that these values mean; what does not concern the person is left out."""
        pairs = values.items() if isinstance(values, Mapping) else enumerate(values)
        answers: dict[str, Value] = {}
        for index, value in pairs:
            variable = self.variables[index]
            meant = variable.values[value]
            if variable.option is not None:
                if meant:
                    before = answers.get(variable.question, ())
                    answers[variable.question] = (*before, variable.option) if isinstance(before, tuple) else ()
            elif meant is not None and not isinstance(meant, bool):
                answers[variable.question] = meant
        return answers

    def set_of(self, answers: Mapping[str, Value]) -> int:
        """Everybody possible who has these answers, whatever the others are. Raises KeyError for a question not in the space."""
        wanted: list[int] = []
        for question, value in answers.items():
            indexes = self._of[question]
            if self.variables[indexes[0]].option is not None:
                chosen = value if isinstance(value, tuple) else ()
                for index in indexes:
                    on = self.variables[index].option in chosen
                    wanted.append(self.diagrams.where(index, lambda v, on=on: bool(v) is on))  # type: ignore[misc]
            else:
                wanted.append(self.same(question, value))
        # The answers first: they are few, and everybody is many.
        return self.diagrams.both(self.diagrams.all_of(reversed(wanted)), self.possible)

    def same(self, question: str, value: Value) -> int:
        """Everybody whose answer to this question no condition tells apart from `value`."""
        (index,) = self._of[question]
        signature = self._signature(question, value)
        values = self.variables[index].values
        return self.diagrams.where(index, lambda v: self._alike(question, values[v], value, signature))

    def _alike(self, question: str, mine: Value | bool | None, value: Value, signature: tuple[bool, ...]) -> bool:
        if mine is None or isinstance(mine, bool):
            return False
        if isinstance(mine, str) or isinstance(value, str):
            return mine == value
        return self._signature(question, mine) == signature

    def _signature(self, question: str, value: Value) -> tuple[bool, ...]:
        return tuple(atom.holds(value, self.on) is True for atom in self._atoms.get(question, ()))

    def price(self, index: int, value: int) -> int:
        """What a value costs whoever looks for somebody with few answers."""
        meant = self.variables[index].values[value]
        return 0 if meant is None or meant is False or meant == NO_LINK else 1

    # -- making ------------------------------------------------------------------------------------------------------

    def _counts(self, question: Question) -> bool:
        """Whether the answer can matter: to a rule, or to what is asked later."""
        if question.after_result or question.kind in ("language", "phone", "note") or not question.valid(self.on):
            return False
        asked_about = {key for other in self.script.questionnaire.questions for key, _ in requirements(other)}
        return question.id in self._atoms or question.id in asked_about

    def _variables(self) -> Iterator[Variable]:
        if ENTRY in self._atoms:
            named = {option for atom in self._atoms[ENTRY] for option in getattr(atom, "options", ())}
            yield Variable(ENTRY, (NO_LINK, *sorted(named - {NO_LINK})))
        for question in self.questions:
            if question.kind == "multi":
                # A choice that is not kept never reaches a rule.
                yield from (Variable(question.id, (False, True), option.id) for option in question.options if option.keep)
            elif question.kind in ("single", "consent"):
                yield Variable(question.id, (None, *question.by_id))
            elif question.kind == "town":
                yield Variable(question.id, (None, *self.script.county.kommunen, *question.by_id))
            else:
                yield Variable(question.id, (None, *self._representatives(question)))

    def _representatives(self, question: Question) -> tuple[Value, ...]:
        """One value for each way in which the conditions tell values apart."""
        found: dict[tuple[bool, ...], Value] = {}
        points = {point for atom in self._atoms.get(question.id, ()) for point in atom.turning_points(self.on)}
        for point in sorted(points):
            found.setdefault(self._signature(question.id, point), point)
        return tuple(found.values())

    def _possible(self) -> int:
        """Everybody: each question is answered if and only if it is asked, and options go together as the screen allows."""
        diagrams = self.diagrams
        found = ALL
        for question in reversed(self.questions):
            asked = self.asked(question)
            for index in self._of[question.id]:
                silent = diagrams.where(index, lambda value: value == 0)
                if question.kind != "multi":
                    answered = diagrams.negation(silent)
                    found = diagrams.both(found, diagrams.either(diagrams.both(asked, answered), diagrams.without(silent, asked)))
                else:
                    found = diagrams.both(found, diagrams.either(asked, silent))
            found = diagrams.both(found, self._together(question))
        return found

    def asked(self, question: Question) -> int:
        """Everybody to whom this question is put."""
        return self.diagrams.both(self.met(question.when.only, question.when.unless), self._before_the_end(question))

    def _before_the_end(self, question: Question) -> int:
        """Who has not been sent on by a rule that ends the questions at once before this one is reached."""
        order = {asked.id: number for number, asked in enumerate(self.script.questionnaire.questions)}
        here = order[question.id]
        ended = NONE
        for rule in self.script.book.immediate if self._ends else ():
            needed = {atom.question for atom in rule.condition.atoms()}
            if rule.valid(self.on) and all(order.get(key, -1) < here for key in needed):
                ended = self.diagrams.either(ended, self.of(rule.condition))
        return self.diagrams.negation(ended)

    def met(self, only: Requirement, unless: Requirement) -> int:
        """Everybody for whom this `When` is met."""
        diagrams = self.diagrams
        found = ALL
        for key, wanted in only:
            found = diagrams.both(found, self._among(key, wanted))
        for key, unwanted in unless:
            found = diagrams.without(found, self._among(key, unwanted))
        return found

    def _among(self, key: str, wanted: frozenset[str]) -> int:
        # Names that are no questions (the door, the link) may have any value here: the question can be asked.
        return ALL if key not in self._of else self._atom(c.Among(key, wanted), {})

    def _together(self, question: Question) -> int:
        """Only options that are offered to her and go together. Who is offered none stays: she is a dead end to be found."""
        diagrams = self.diagrams
        met = {option.id: self.met(option.when.only, option.when.unless) for option in question.options}
        stuck = diagrams.negation(diagrams.any_of(met.values())) if question.kind in ("single", "consent") else NONE
        chosen = {
            str(self.variables[index].option or meant): diagrams.where(index, lambda value, n=n: value == n)  # type: ignore[misc]
            for index in self._of[question.id]
            for n, meant in enumerate(self.variables[index].values)
            if meant
        }
        found = ALL
        for option in question.options:
            if option.id not in chosen:
                continue
            allowed = diagrams.either(met[option.id], stuck)
            for other in question.by_id if option.exclusive else option.excludes:
                if other != option.id and other in chosen:
                    allowed = diagrams.without(allowed, chosen[other])
            found = diagrams.both(found, diagrams.either(allowed, diagrams.negation(chosen[option.id])))
        return found


def requirements(question: Question) -> Iterator[tuple[str, frozenset[str]]]:
    yield from (*question.when.only, *question.when.unless)
    for option in question.options:
        yield from (*option.when.only, *option.when.unless)


def _conditions(script: Script) -> Iterator[Condition]:
    """Every condition the rules can ask: facts included, because reasons and invariants speak of them."""
    yield from script.book.facts.values()
    for rule in (*script.book.rules, *script.book.topics, *script.book.also):
        yield rule.condition
