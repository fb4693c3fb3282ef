"""People drawn at random over everything the questionnaire allows: asked only what concerns them, every boundary often met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random

from dialogs.answers import Month, NoAnswer, Value
from dialogs.county import ELSEWHERE
from dialogs.facts import ENTRY
from dialogs.model import Question
from dialogs.script import Script

# Days until a paper ends, months until the 27th birthday, years in Germany: both sides of where a rule may change its mind.
NEAR_DAYS = (-400, -2, -1, 0, 1, 2, 13, 14, 41, 42, 43, 90, 182, 183, 184, 365)


def complete_people(script: Script, on: dt.date, seed: int, count: int) -> Iterator[dict[str, Value]]:
    """`count` sets of answers. Whatever a person is asked she answers, so that nothing stays open; where "I don't know"
    is an answer like any other to the rules (as to an application), she sometimes gives it."""
    chance = Random(seed)
    book = script.book
    conditions = (*book.facts.values(), *(row.condition for row in (*book.rules, *book.topics, *book.also)))
    links = {link for condition in conditions for atom in condition.atoms() if atom.question == ENTRY for link in atom.options}
    entries = ("self", *sorted(links))
    for _ in range(count):
        answers: dict[str, Value] = {ENTRY: chance.choice(entries)}
        for question in script.questionnaire.questions:
            if question.after_result or question.kind == "language" or not question.valid(on) or not question.when.met(answers):
                continue
            answers[question.id] = _answer(script, question, answers, on, chance)
        yield answers


def _answer(script: Script, question: Question, answers: dict[str, Value], on: dt.date, chance: Random) -> Value:
    if question.id == "F2_notice":
        return "yes"
    if question.id == "S06_applied" and chance.random() < 0.2:
        return NoAnswer.UNKNOWN
    if question.kind == "town":
        return chance.choice((*script.county.kommunen, ELSEWHERE))
    if question.kind == "date":
        return on + dt.timedelta(days=chance.choice((*NEAR_DAYS, chance.randint(0, 1500))))
    if question.kind == "month":
        year, month = divmod(on.year * 12 + on.month - 1 + chance.randint(0, 24), 12)
        return Month(year, month + 1)
    if question.kind == "number":
        return on.year - chance.choice((0, 1, 3, 4, 5, 6, chance.randint(0, 40)))
    if question.kind == "multi":
        return _several(question, answers, chance)
    offered = question.offered(answers)
    # An age that ends the questionnaire at once says little about the rules: fewer of them.
    return chance.choices(offered, [0.2 if option.card else 1.0 for option in offered])[0].id


def _several(question: Question, answers: dict[str, Value], chance: Random) -> tuple[str, ...]:
    offered = question.offered(answers)
    alone = [option.id for option in offered if option.exclusive]
    if alone and chance.random() < (0.7 if question.id == "S01_safety" else 0.1):
        return (chance.choice(alone),)
    open_ = [option for option in offered if not option.exclusive]
    chosen: list[str] = []
    for option in chance.sample(open_, min(len(open_), chance.choice((1, 1, 1, 2, 2, 3, 3, 4)))):
        if not option.excludes & set(chosen) and not any(option.id in other.excludes for other in open_ if other.id in chosen):
            chosen.append(option.id)
    return tuple(option.id for option in offered if option.id in chosen)
