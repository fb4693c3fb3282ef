"""Made-up people: who could have come out of the questionnaire, and how much of one may be unknown."""

from __future__ import annotations

import datetime as dt
import random

from dialogs.answers import Month, NoAnswer, Value
from dialogs.conditions import Case
from dialogs.model import Option, Question
from dialogs.script import Script
from tests.dialogs.talk import TODAY


def walked(script: Script, chance: random.Random, on: dt.date = TODAY) -> dict[str, Value]:
    """Every question that is put to her answered by chance, as the screen allows."""
    answers: dict[str, Value] = {}
    for question in script.questionnaire.questions:
        if not question.after_result and question.kind != "language" and question.when.met(answers):
            answers[question.id] = _answer(script, question, answers, chance, on)
    return answers


def _answer(script: Script, question: Question, answers: dict[str, Value], chance: random.Random, on: dt.date) -> Value:
    match question.kind:
        case "town":
            return chance.choice([*script.county.kommunen, *question.by_id])
        case "date":
            return on + dt.timedelta(days=chance.randrange(-20, 400))
        case "month":
            months = on.year * 12 + on.month - 1 + chance.randrange(0, 24)
            return Month(months // 12, months % 12 + 1)
        case "number":
            return chance.randrange(on.year - 20, on.year + 1)
        case "multi":
            offered = list(question.offered(answers))
            some: list[Option] = []
            for option in chance.sample(offered, min(len(offered), chance.randrange(1, 5))):
                if all(_beside(option, other) for other in some):
                    some.append(option)
            return tuple(option.id for option in some if option.keep)
    if question.id == "F2_notice":
        return "yes"
    return chance.choice(question.offered(answers)).id


def _beside(one: Option, other: Option) -> bool:
    return not (one.exclusive or other.exclusive or one.id in other.excludes or other.id in one.excludes)


def half_known(script: Script, answers: dict[str, Value], chance: random.Random, on: dt.date = TODAY) -> Case:
    """The case of somebody who refused, skipped or was not asked some of it."""
    share = chance.choice([0.0, 0.1, 0.3])
    left = {}
    for key, value in answers.items():
        if chance.random() >= share:
            left[key] = value
        elif chance.random() < 0.5:
            left[key] = chance.choice(list(NoAnswer))
    return script.case(left, on, finished=chance.random() < 0.5)
