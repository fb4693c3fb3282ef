"""The answer space of a script in z3's terms, written from what the questionnaire means and without our diagrams.

A question with one answer is a whole number (0: it does not concern her), one with several a truth for each option; a date
is the days from today, a month the months, a year itself: all of them unbounded, nothing is cut into pieces.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import z3

from dialogs import conditions as c
from dialogs.answers import Month, Value
from dialogs.conditions import Condition
from dialogs.model import Question, Requirement
from dialogs.script import Script


class Z3Space:
    def __init__(self, script: Script, on: dt.date) -> None:
        self.script, self.on = script, on
        self.questions = script.questionnaire.by_id
        self._number = {id_: z3.Int(id_) for id_, question in self.questions.items() if question.kind != "multi"}
        self._asked = {id_: z3.Bool(f"asked {id_}") for id_ in self.questions}
        self._chosen = {
            (id_, option): z3.Bool(f"{id_} {option}")
            for id_, question in self.questions.items()
            if question.kind == "multi"
            for option in question.by_id
        }
        self.possible = z3.And(*(self._shape(question) for question in self.questions.values()))
        book = script.book
        conditions = (*book.facts.values(), *(rule.condition for rule in book.rules))
        self._mattering = {atom.question for condition in conditions for atom in condition.atoms()}
        whens = [when for question in self.questions.values() for when in (question.when, *(o.when for o in question.options))]
        self._mattering |= {key for when in whens for key, _ in (*when.only, *when.unless)}
        self._solver = z3.Solver()
        self._solver.add(self.possible)

    def somebody(self, *claims: z3.BoolRef) -> bool:
        """Whether a person can come out of the questionnaire of whom all this is true."""
        answer = self._solver.check(*claims)
        assert answer != z3.unknown
        return bool(answer == z3.sat)

    def of(self, condition: Condition) -> z3.BoolRef:
        match condition:
            case c.Always():
                return z3.BoolVal(True)
            case c.Not(inner):
                return z3.Not(self.of(inner))
            case c.All(parts):
                return z3.And(*map(self.of, parts))
            case c.Any(parts):
                return z3.Or(*map(self.of, parts))
            case c.AtLeast(count, parts):
                return z3.AtLeast(*map(self.of, parts), count)
            case c.Among(question, options):
                return self._among(question, options)
            case c.DaysLeft(question, least, most):
                left = self._number[question]
                parts = [left >= least] if least is not None else []
                return z3.And(self._asked[question], *parts, *([left <= most] if most is not None else []))
            case c.MonthsLeft(question, most):
                return z3.And(self._asked[question], self._number[question] <= most)
            case c.YearsSince(question, under):
                return z3.And(self._asked[question], self.on.year - self._number[question] < under)
        raise TypeError(type(condition).__name__)

    def exactly(self, answers: Mapping[str, Value]) -> z3.BoolRef:
        """She gives these answers, and no other question that anything depends on concerns her."""
        parts = [self.says(id_, value) for id_, value in answers.items()]
        for id_, question in self.questions.items():
            if id_ in answers or id_ not in self._mattering:
                continue
            # "Nothing chosen" may be left unsaid in a list of answers.
            if question.kind == "multi":
                parts += [z3.Not(self._chosen[id_, option]) for option in question.by_id]
            else:
                parts.append(z3.Not(self._asked[id_]))
        return z3.And(*parts)

    def says(self, id_: str, value: Value) -> z3.BoolRef:
        """Exactly this answer."""
        question = self.questions[id_]
        if question.kind == "multi":
            assert isinstance(value, tuple)
            return z3.And(*(self._chosen[id_, option] == (option in value) for option in question.by_id))
        return z3.And(self._asked[id_], self._number[id_] == self._as_number(question, value))

    def like(self, id_: str, value: Value, conditions: Iterable[Condition]) -> z3.BoolRef:
        """An answer that no condition tells from this one; of several choices, at least these."""
        question = self.questions[id_]
        if question.kind == "multi":
            assert isinstance(value, tuple)
            return z3.And(*(self._chosen[id_, str(option)] for option in value))
        if question.kind == "single":
            return self.says(id_, value)
        atoms = {atom for condition in conditions for atom in condition.atoms() if atom.question == id_}
        return z3.And(self._asked[id_], *(self.of(atom) == (atom.holds(value, self.on) is True) for atom in atoms))

    def not_chosen(self, id_: str, options: Iterable[str]) -> z3.BoolRef:
        return z3.And(*(z3.Not(self._chosen[id_, option]) for option in options))

    def _as_number(self, question: Question, value: Value) -> int:
        if isinstance(value, Month):
            return (value.year - self.on.year) * 12 + value.month - self.on.month
        if isinstance(value, dt.date):
            return (value - self.on).days
        return value if isinstance(value, int) else 1 + list(question.by_id).index(str(value))

    def _among(self, id_: str, options: Iterable[str]) -> z3.BoolRef:
        question = self.questions[id_]
        if question.kind == "multi":
            return z3.Or(*(self._chosen[id_, option] for option in options))
        places = list(question.by_id)
        return z3.Or(*(self._number[id_] == 1 + places.index(option) for option in options))

    def _met(self, only: Requirement, unless: Requirement) -> z3.BoolRef:
        wanted = [self._among(key, options) for key, options in only]
        return z3.And(*wanted, *(z3.Not(self._among(key, options)) for key, options in unless))

    def _shape(self, question: Question) -> z3.BoolRef:
        """Asked if and only if it concerns her; answered if and only if asked; only options that are offered."""
        order = list(self.questions)
        ended = [
            self.of(rule.condition)
            for rule in self.script.book.immediate
            if all(order.index(atom.question) < order.index(question.id) for atom in rule.condition.atoms())
        ]
        asked = self._asked[question.id]
        parts = [asked == z3.And(self._met(question.when.only, question.when.unless), *map(z3.Not, ended))]
        if question.kind == "single":
            number = self._number[question.id]
            parts += [number >= 0, number <= len(question.by_id), asked == (number > 0)]
        for place, option in enumerate(question.options, 1):
            offered = self._met(option.when.only, option.when.unless)
            if question.kind == "single":
                parts.append(z3.Implies(self._number[question.id] == place, offered))
                continue
            chosen = self._chosen[question.id, option.id]
            parts.append(z3.Implies(chosen, z3.And(asked, offered)))
            others = set(question.by_id) - {option.id} if option.exclusive else option.excludes
            parts += [z3.Implies(chosen, z3.Not(self._chosen[question.id, other])) for other in others]
        return z3.And(*parts)
