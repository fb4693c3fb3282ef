"""Conditions as functions, made once for a rule book, and what they say of one case, worked out at most once.

Rules share facts, and a fact may look at fifteen options: reading each condition anew for every rule is where a decision
spends its time. The functions say exactly what `Condition.of` says, also of what is unknown (a test compares the two).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dialogs.answers import NoAnswer
from dialogs.conditions import All, Always, Among, Any, AtLeast, Case, Condition, Not, Partly, Truth

Reading = Callable[[Case], Truth]
Row = tuple[tuple[int, bool], ...]

# Stands for "not read yet". Not None: that is an answer (unknown).
_UNREAD = object()


class Terms:
    """The different conditions of a book by number. A rule becomes a row of (number, wanted), all of which must hold."""

    def __init__(self) -> None:
        self._number: dict[Condition, int] = {}
        self.readings: list[Reading] = []
        # Which of them look at a question: the others stay as they are when another answer is assumed there.
        self.asking: dict[str, list[int]] = {}

    def number(self, condition: Condition) -> int:
        found = self._number.get(condition)
        if found is None:
            found = self._number[condition] = len(self.readings)
            self.readings.append(reading(condition))
            for question in sorted({atom.question for atom in condition.atoms()}):
                self.asking.setdefault(question, []).append(found)
        return found

    def row(self, condition: Condition) -> Row:
        parts: tuple[Condition, ...] = (condition,)
        # A fact that is an "and" itself stays whole: other rules ask for it too.
        if condition not in self._number:
            parts = condition.parts if isinstance(condition, All) else () if isinstance(condition, Always) else parts
        return tuple((self.number(p.inner), False) if isinstance(p, Not) else (self.number(p), True) for p in parts)


class Values:
    """What the terms say of one case, each read when it is first asked for."""

    __slots__ = ("_found", "case", "terms")

    def __init__(self, terms: Terms, case: Case, found: list[object] | None = None) -> None:
        self.terms = terms
        self.case = case
        self._found: list[object] = [_UNREAD] * len(terms.readings) if found is None else found

    def of(self, number: int) -> Truth:
        found = self._found[number]
        if found is _UNREAD:
            found = self._found[number] = self.terms.readings[number](self.case)
        return found  # type: ignore[return-value]

    def several(self, numbers: Sequence[int]) -> list[Truth]:
        found, readings, case = self._found, self.terms.readings, self.case
        for number in numbers:
            if found[number] is _UNREAD:
                found[number] = readings[number](case)
        return [found[number] for number in numbers]  # type: ignore[misc]

    def all_of(self, row: Row) -> Truth:
        """As `conditions.All`: one "no" is no, else one "unknown" is unknown."""
        found, readings, case = self._found, self.terms.readings, self.case
        truth: Truth = True
        for number, wanted in row:
            value = found[number]
            if value is _UNREAD:
                value = found[number] = readings[number](case)
            if value is None:
                truth = None
            elif value is not wanted:
                return False
        return truth

    def with_case(self, case: Case, *questions: str) -> Values:
        """The same for a case that differs in these questions alone."""
        found = self._found.copy()
        for question in questions:
            for number in self.terms.asking.get(question, ()):
                found[number] = _UNREAD
        return Values(self.terms, case, found)


def reading(condition: Condition) -> Reading:
    """The condition as a function of a case."""
    # Exactly these classes: one that is derived from them (`Said`) may mean something else.
    if type(condition) is Among:
        return _among(condition)
    if type(condition) is Not:
        return _not(reading(condition.inner))
    if type(condition) is All:
        return _all(tuple(reading(part) for part in condition.parts))
    if type(condition) is Any:
        return _any(tuple(reading(part) for part in condition.parts))
    if type(condition) is AtLeast:
        return _at_least(condition)
    return condition.of


def _among(condition: Among) -> Reading:
    question, options, holds = condition.question, condition.options, condition.holds

    def read(case: Case) -> Truth:
        value = case.answers.get(question)
        if type(value) is str:
            return value in options
        if type(value) is tuple:
            return not options.isdisjoint(value)
        if value is None or isinstance(value, NoAnswer):
            assumed = case.assumed.get(question)
            if assumed is None:
                return None if question in case.silent else False
            return holds(assumed, case.on)
        return holds(value, case.on)

    return read


def _not(inner: Reading) -> Reading:
    def read(case: Case) -> Truth:
        truth = inner(case)
        return None if truth is None else not truth

    return read


def _all(parts: tuple[Reading, ...]) -> Reading:
    def read(case: Case) -> Truth:
        truth: Truth = True
        for part in parts:
            found = part(case)
            if found is False:
                return False
            if found is None:
                truth = None
        return truth

    return read


def _any(parts: tuple[Reading, ...]) -> Reading:
    def read(case: Case) -> Truth:
        truth: Truth = False
        for part in parts:
            found = part(case)
            if found is True:
                return True
            if found is None:
                truth = None
        return truth

    return read


def _at_least(condition: AtLeast) -> Reading:
    of, count = condition.of, condition.count
    single = {part.question: None for part in condition.parts if type(part) is Among and len(part.options) == 1}
    options = frozenset(option for part in condition.parts if type(part) is Among for option in part.options)
    if count < 1 or len(single) != 1 or len(options) != len(condition.parts):
        return _counted(tuple(reading(part) for part in condition.parts), count) if count >= 1 else of
    (question,) = single

    # Options of one question: counting what was chosen is counting what holds.
    def read(case: Case) -> Truth:
        value = case.get(question)
        if value is None:
            return None if question in case.silent and len(options) >= count else False
        if isinstance(value, Partly):
            return of(case)
        if isinstance(value, tuple):
            return len(options.intersection(value)) >= count
        return count <= 1 and value in options

    return read


def _counted(parts: tuple[Reading, ...], count: int) -> Reading:
    def read(case: Case) -> Truth:
        sure = open_ = 0
        for part in parts:
            found = part(case)
            if found is True:
                sure += 1
                if sure >= count:
                    return True
            elif found is None:
                open_ += 1
        return None if sure + open_ >= count else False

    return read
