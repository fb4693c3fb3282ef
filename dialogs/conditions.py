"""Three-valued conditions over what is known of a person on a day.

A condition says yes (True), no (False) or unknown (None). Unknown is carried through *and*, *or* and *not* as Kleene
did it: it never turns into no. Conditions are values, not functions, so that they can be listed, split and proved.

A `Case` answers for each question with a set of what is still possible: one value if it was answered, several if not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dialogs.answers import Month, NoAnswer, Value

Truth = bool | None


@dataclass(frozen=True, slots=True)
class Partly:
    """A several-choice answer of which only some options are known: assumed while exploring what is still possible."""

    chosen: frozenset[str]
    not_chosen: frozenset[str]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about one person on one day.

    `answers`: what she said. `silent`: questions that are open or to which she gave no answer; there, everything is
    still possible.
    A question in neither does not concern her: conditions on it do not hold.
    """

    answers: Mapping[str, Value]
    on: dt.date
    silent: frozenset[str] = frozenset()
    assumed: Mapping[str, Value | Partly] = field(default_factory=dict)

    def get(self, question: str) -> Value | Partly | None:
        found = self.answers.get(question)
        return self.assumed.get(question) if found is None or isinstance(found, NoAnswer) else found

    def assume(self, question: str, value: Value | Partly) -> Case:
        return Case(self.answers, self.on, self.silent - {question}, {**self.assumed, question: value})


class Condition:
    """Something that is true, false or unknown of a `Case`."""

    __slots__ = ()

    def of(self, case: Case) -> Truth:
        raise NotImplementedError(f"{type(self).__name__} must say what it means")

    def atoms(self) -> Iterator[Atom]:
        """The questions' conditions it is built from, in reading order."""
        raise NotImplementedError(f"{type(self).__name__} must name its atoms")


class Atom(Condition):
    """A condition on one question."""

    __slots__ = ()
    question: str

    def atoms(self) -> Iterator[Atom]:
        yield self

    def of(self, case: Case) -> Truth:
        value = case.get(self.question)
        if value is None:
            return None if self.question in case.silent else False
        return self.holds(value, case.on)

    def holds(self, value: Value | Partly, on: dt.date) -> Truth:
        raise NotImplementedError(f"{type(self).__name__} must read a value")

    def turning_points(self, on: dt.date) -> tuple[Value, ...]:
        """Values on both sides of where this atom changes; enough of them to try everything that matters."""
        raise NotImplementedError(f"{type(self).__name__} must name its turning points")


@dataclass(frozen=True, slots=True)
class Among(Atom):
    """The answer is one of these options; of several choices, at least one is."""

    question: str
    options: frozenset[str]

    def holds(self, value: Value | Partly, on: dt.date) -> Truth:
        if isinstance(value, Partly):
            if value.chosen & self.options:
                return True
            return False if self.options <= value.not_chosen else None
        if isinstance(value, tuple):
            return not self.options.isdisjoint(value)
        return value in self.options

    def turning_points(self, on: dt.date) -> tuple[Value, ...]:
        return tuple(sorted(self.options))


@dataclass(frozen=True, slots=True)
class Said(Among):
    """The person has said one of these. Once she was asked, anything else (also "I don't know") counts as not said."""

    def of(self, case: Case) -> Truth:
        return False if isinstance(case.answers.get(self.question), NoAnswer) else Among.of(self, case)


@dataclass(frozen=True, slots=True)
class DaysLeft(Atom):
    """From today until the date of the answer there are at least `least` and at most `most` days."""

    question: str
    least: int | None = None
    most: int | None = None

    def holds(self, value: Value | Partly, on: dt.date) -> Truth:
        if not isinstance(value, dt.date):
            return False
        left = (value - on).days
        return (self.least is None or left >= self.least) and (self.most is None or left <= self.most)

    def turning_points(self, on: dt.date) -> tuple[Value, ...]:
        days = {0}
        if self.least is not None:
            days |= {self.least, self.least - 1}
        if self.most is not None:
            days |= {self.most, self.most + 1}
        return tuple(on + dt.timedelta(days=day) for day in sorted(days))


@dataclass(frozen=True, slots=True)
class MonthsLeft(Atom):
    """The month of the answer is at most `most` months away (a past month counts as 0)."""

    question: str
    most: int

    def holds(self, value: Value | Partly, on: dt.date) -> Truth:
        if not isinstance(value, Month):
            return False
        return (value.year - on.year) * 12 + value.month - on.month <= self.most

    def turning_points(self, on: dt.date) -> tuple[Value, ...]:
        first = on.year * 12 + on.month - 1 + self.most
        return tuple(Month(month // 12, month % 12 + 1) for month in (first, first + 1))


@dataclass(frozen=True, slots=True)
class YearsSince(Atom):
    """Since the year of the answer fewer than `under` calendar years have begun."""

    question: str
    under: int

    def holds(self, value: Value | Partly, on: dt.date) -> Truth:
        return isinstance(value, int) and on.year - value < self.under

    def turning_points(self, on: dt.date) -> tuple[Value, ...]:
        return (on.year - self.under, on.year - self.under + 1)


@dataclass(frozen=True, slots=True)
class Not(Condition):
    inner: Condition

    def of(self, case: Case) -> Truth:
        truth = self.inner.of(case)
        return None if truth is None else not truth

    def atoms(self) -> Iterator[Atom]:
        return self.inner.atoms()


@dataclass(frozen=True, slots=True)
class All(Condition):
    parts: tuple[Condition, ...]

    def of(self, case: Case) -> Truth:
        truth: Truth = True
        for part in self.parts:
            found = part.of(case)
            if found is False:
                return False
            if found is None:
                truth = None
        return truth

    def atoms(self) -> Iterator[Atom]:
        for part in self.parts:
            yield from part.atoms()


@dataclass(frozen=True, slots=True)
class Any(Condition):
    parts: tuple[Condition, ...]

    def of(self, case: Case) -> Truth:
        truth: Truth = False
        for part in self.parts:
            found = part.of(case)
            if found is True:
                return True
            if found is None:
                truth = None
        return truth

    def atoms(self) -> Iterator[Atom]:
        for part in self.parts:
            yield from part.atoms()


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    """At least `count` of the parts hold."""

    count: int
    parts: tuple[Condition, ...]

    def of(self, case: Case) -> Truth:
        sure = open_ = 0
        for part in self.parts:
            found = part.of(case)
            if found is True:
                sure += 1
                if sure >= self.count:
                    return True
            elif found is None:
                open_ += 1
        return None if sure + open_ >= self.count else False

    def atoms(self) -> Iterator[Atom]:
        for part in self.parts:
            yield from part.atoms()


@dataclass(frozen=True, slots=True)
class Always(Condition):
    """Holds of everybody."""

    def of(self, case: Case) -> Truth:
        return True

    def atoms(self) -> Iterator[Atom]:
        return iter(())


def among(question: str, *options: str) -> Among:
    return Among(question, frozenset(options))


def all_of(*parts: Condition) -> Condition:
    return parts[0] if len(parts) == 1 else All(parts)


def any_of(*parts: Condition) -> Condition:
    return parts[0] if len(parts) == 1 else Any(parts)
