"""Drawing made-up people from a county's data, until the published figures are reached, and saying so.

Chance is an argument (`random.Random` fits): the same numbers give the same people.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from dialogs.answers import NO_ANSWERS, Month, NoAnswer, Value
from dialogs.comparison import place
from dialogs.model import Question
from dialogs.people import Choice, Margin, People
from dialogs.script import Script

T = TypeVar("T")

# Who misses her margin this often in a row is taken as she is; the table then shows the difference.
MOST_TRIES = 40


class Chance(Protocol):
    def random(self) -> float:
        """A number from 0 up to 1, without 1."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person: what she would answer to anything. `answers`: only what she is asked."""

    margin: str
    profile: str
    wishes: Mapping[str, Value]
    answers: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody who was drawn. `missed`: where those went who did not count for their margin and were drawn again."""

    people: tuple[Person, ...]
    drawn: Mapping[str, int]
    missed: Mapping[str, Counter[str]] = field(default_factory=dict)

    @property
    def again(self) -> int:
        return sum(counted.total() for counted in self.missed.values())


def crowd(script: Script, people: People, on: dt.date, chance: Chance) -> Crowd:
    """As many people as were published, each drawn until she is decided to where she was counted, MOST_TRIES times at most.

    Nothing is hidden: how many were drawn, and where the others went, is in the result.
    """
    kept: list[Person] = []
    drawn: dict[str, int] = {}
    missed: dict[str, Counter[str]] = {}
    for margin in people.margins:
        for _ in range(margin.people):
            person, tries = _for(script, people, margin, on, chance, missed.setdefault(margin.id, Counter()))
            kept.append(person)
            drawn[margin.id] = drawn.get(margin.id, 0) + tries
    return Crowd(tuple(kept), drawn, missed)


def some_people(script: Script, people: People, on: dt.date, chance: Chance, number: int) -> tuple[Person, ...]:
    """So many people, mixed as published, wherever they end."""
    weights = [(margin, float(margin.people)) for margin in people.margins]
    return tuple(_person(script, people, _weighted(weights, chance), on, chance) for _ in range(number))


def _for(
    script: Script, people: People, margin: Margin, on: dt.date, chance: Chance, missed: Counter[str]
) -> tuple[Person, int]:
    tries = 0
    while True:
        person, tries = _person(script, people, margin, on, chance), tries + 1
        if not margin.dienste:
            return person, tries
        dienst = place(script, person.answers, on, finished=False).dienst
        if dienst in margin.dienste or tries == MOST_TRIES:
            return person, tries
        missed[dienst] += 1


def _person(script: Script, people: People, margin: Margin, on: dt.date, chance: Chance) -> Person:
    profile = _weighted([(profile, profile.share) for profile in people.of(margin)], chance)
    choices = {**people.everybody, **profile.answers}
    wishes: dict[str, Value] = {}
    asked: dict[str, Value] = {}
    for question in script.questionnaire.questions:
        choice = choices.get(question.id)
        if question.kind == "town" and choice is None:
            choice = Choice(one=dict.fromkeys(script.county.kommunen, 1.0))
        if question.after_result:
            # What she is offered there depends on the decision: she says what she would like, the engine what is possible.
            wish = _drawn(choice, question, {}, on, chance, everything=True) if choice else None
            if wish is not None:
                wishes[question.id] = wish
            continue
        if not question.valid(on) or not question.when.met(asked):
            continue
        value = _drawn(choice, question, asked, on, chance) if choice else NoAnswer.SKIPPED
        if value is not None:
            wishes[question.id] = asked[question.id] = value
    return Person(margin.id, profile.id, wishes, {key: value for key, value in asked.items() if _kept(script, key)})


def _kept(script: Script, question: str) -> bool:
    return script.questionnaire.by_id[question].kind != "language"


def _drawn(
    choice: Choice, question: Question, answers: Mapping[str, Value], on: dt.date, chance: Chance, *, everything: bool = False
) -> Value | None:
    """One answer, of the options that are offered to this person."""
    if choice.days is not None:
        return on + dt.timedelta(days=_between(choice.days, chance))
    if choice.years is not None:
        return min(_between(choice.years, chance), on.year)
    if choice.months is not None:
        month = on.year * 12 + on.month - 1 + _between(choice.months, chance)
        return Month(month // 12, month % 12 + 1)
    offered = set(question.by_id) if everything else {option.id for option in question.offered(answers)}
    free = question.kind == "town"
    if choice.one:
        weights = {id_: weight for id_, weight in choice.one.items() if free or id_ in offered or id_ in NO_ANSWERS}
        if not weights:
            return NoAnswer.SKIPPED
        id_ = _weighted(list(weights.items()), chance)
        return NoAnswer(id_) if id_ in NO_ANSWERS else (id_,) if question.kind == "multi" else id_
    chosen = [id_ for id_ in choice.always if id_ in offered]
    left = {id_: weight for id_, weight in choice.some.items() if id_ in offered and id_ not in chosen}
    for _ in range(min(_between((choice.least, choice.most), chance), len(left))):
        id_ = _weighted(list(left.items()), chance)
        chosen.append(id_)
        del left[id_]
    return tuple(id_ for id_ in question.by_id if id_ in _together(question, chosen)) or NoAnswer.SKIPPED


def _together(question: Question, chosen: Sequence[str]) -> set[str]:
    """The options without those that can't stand beside an earlier one."""
    kept: list[str] = []
    for id_ in chosen:
        option = question.by_id[id_]
        beside = [question.by_id[other] for other in kept]
        alone = option.exclusive or any(other.exclusive for other in beside)
        if not beside or not (alone or any(id_ in other.excludes or other.id in option.excludes for other in beside)):
            kept.append(id_)
    return set(kept)


def _between(bounds: tuple[int, int], chance: Chance) -> int:
    first, last = bounds
    return first + int(chance.random() * (last - first + 1))


def _weighted(weights: Sequence[tuple[T, float]], chance: Chance) -> T:
    at = chance.random() * sum(weight for _, weight in weights)
    for value, weight in weights:
        at -= weight
        if at < 0:
            return value
    return weights[-1][0]


def reached(script: Script, people: Sequence[Person], on: dt.date) -> Counter[str]:
    """How many are decided to which Dienst."""
    return Counter(place(script, person.answers, on, finished=False).dienst for person in people)


def table(people: People, crowd: Crowd, arrived: Mapping[str, int]) -> Iterator[str]:
    """The published distribution beside the one that was drawn and the one that was reached, as lines to print."""
    rows = []
    counted: set[str] = set()
    for margin in people.margins:
        if margin.dienste:
            got = sum(arrived.get(dienst, 0) for dienst in margin.dienste)
            rows.append((margin.name, str(margin.people), str(crowd.drawn.get(margin.id, 0)), str(got)))
            counted.update(margin.dienste)
        else:
            rows.append((margin.name, "-", str(crowd.drawn.get(margin.id, 0)), "-"))
    rows += [(f"  {dienst}", "-", "-", str(many)) for dienst, many in Counter(arrived).most_common() if dienst not in counted]
    published = [margin.published for margin in people.margins]
    whole = "-" if None in published else str(sum(margin.people for margin in people.margins))
    rows.append(("zusammen", whole, str(sum(crowd.drawn.values())), str(sum(arrived.values()))))
    wide = max(len(row[0]) for row in rows)
    yield f"{'':<{wide}}  veröffentlicht  gezogen  angekommen"
    for name, stated, tried, came in rows:
        yield f"{name:<{wide}}  {stated:>14}  {tried:>7}  {came:>10}"
    if crowd.again:
        where = Counter[str]()
        for some in crowd.missed.values():
            where.update(some)
        elsewhere = ", ".join(f"{dienst} {many}" for dienst, many in where.most_common())
        yield f"{crowd.again} Gezogene kamen woanders an ({elsewhere}) und wurden neu gezogen."
