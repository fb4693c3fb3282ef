"""A questionnaire as plain frozen values: questions, options, and when each is asked.

The one place where a string from outside becomes an option id is `Question.option`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dialogs.answers import Answers, NoAnswer, Value
from dialogs.errors import UnknownOption

KINDS = frozenset({"language", "consent", "single", "multi", "number", "date", "month", "town", "phone", "note"})

Requirement = tuple[tuple[str, frozenset[str]], ...]


def holds(value: Value | None, wanted: frozenset[str]) -> bool:
    """Whether an answer is among the wanted option ids; for several choices, whether one of them is."""
    if value is None or isinstance(value, NoAnswer):
        return False
    if isinstance(value, tuple):
        return any(item in wanted for item in value)
    return value in wanted


@dataclass(frozen=True, slots=True)
class When:
    """A condition over earlier answers: all of `only` must hold and none of `unless`. A missing answer never holds."""

    only: Requirement = ()
    unless: Requirement = ()

    def met(self, answers: Answers) -> bool:
        for key, wanted in self.only:
            if not holds(answers.get(key), wanted):
                return False
        return not any(holds(answers.get(key), wanted) for key, wanted in self.unless)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen.

    `card`: the crisis card shown at once. `keep`: whether the choice is stored at all (`domain.md` A.2, S01).
    `exclusive`: can't stand beside another. `excludes`: ids it can't stand beside.
    """

    id: str
    text: str
    when: When = When()
    exclusive: bool = False
    excludes: frozenset[str] = frozenset()
    card: str | None = None
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `stage` desk: asked on the short path too. `data`: how sensitive the answer is (`domain.md` A.2)."""

    id: str
    text: str
    kind: str
    stage: str = "full"
    skip: bool = True
    store: bool = True
    data: str = "A6"
    why: str = ""
    help: str = ""
    long: str = ""
    when: When = When()
    options: tuple[Option, ...] = ()
    no_answers: tuple[NoAnswer, ...] = ()
    after_result: bool = False
    counted: bool = True
    purpose: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    source: str = ""
    valid_from: dt.date = dt.date.min
    valid_until: dt.date | None = None
    by_id: Mapping[str, Option] = field(default_factory=dict)

    @property
    def depends(self) -> bool:
        """Whether some option is offered only to some people."""
        return any(option.when.only for option in self.options)

    def option(self, raw: str, answers: Answers) -> Option:
        """The option of this id, if it is offered to this person; raises UnknownOption."""
        found = self.by_id.get(raw)
        if found is None or not found.when.met(answers):
            raise UnknownOption(f"{self.id} offers no {raw!r}")
        return found

    def offered(self, answers: Answers) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.when.met(answers))

    def valid(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Card:
    """A fixed crisis text. Numbers stand here and nowhere else, so one edit reaches all languages.

    `numbers` are (index of the label in the file, number), only those that are right in this Kreis. `review_by`: the day
    by which somebody must have read it again.
    """

    id: str
    title: str
    text: str
    numbers: tuple[tuple[int, str], ...] = ()
    review_by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All questions in the order in which they are asked. `by_id` also knows those that a county leaves out: nobody is asked
    them, but an answer from outside (`wegweiser route`) is still read."""

    id: str
    version: str
    questions: tuple[Question, ...]
    by_id: Mapping[str, Question]
    cards: Mapping[str, Card] = field(default_factory=dict)
    crisis_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    valid_from: dt.date = dt.date.min

    def without(self, left_out: frozenset[str]) -> Questionnaire:
        """This questionnaire with some questions not asked."""
        return replace(self, questions=tuple(question for question in self.questions if question.id not in left_out))
