"""The path through the questionnaire, computed anew from the answers each time.

An answer changed later re-derives what follows and keeps what still applies; nothing is undone by hand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogs.answers import Answers, Value, chosen
from dialogs.conditions import Case
from dialogs.model import Question, holds
from dialogs.routing import Rule, undecided
from dialogs.script import Script
from dialogs.session import Session


@dataclass(frozen=True, slots=True)
class Path:
    """The questions that apply, up to and including the open one; the answers that count; what a rule decided at once."""

    questions: tuple[Question, ...]
    answers: Answers
    open: Question | None
    at_once: Rule | None = None
    left: int = 0

    def before(self, question: str) -> Question | None:
        """The question asked before this one, or None at the beginning."""
        previous = None
        for asked in self.questions:
            if asked.id == question:
                return previous
            previous = asked
        return previous


def context(script: Script, session: Session) -> dict[str, Value]:
    """What conditions may ask beside answers: the door she came through, the link, what the destination takes."""
    found: dict[str, Value] = {"@door": session.door, "@entry": session.entry}
    if session.decision is not None:
        dienst, mode = str(session.decision["dienst"]), str(session.decision["mode"])
        takes = mode != "info_only" and script.county.takes_referrals(dienst) and session.stelle is not None
        found["@ziel"] = mode if takes else "self"
    return found


def walk(script: Script, session: Session, on: dt.date) -> Path:
    """Follow the answers from the first question to the first that has none."""
    answers: dict[str, Value] = context(script, session)
    asked: list[Question] = []
    questions = script.questionnaire.questions
    urgent_rules = [rule for rule in script.book.immediate if rule.valid(on)]
    for index, question in enumerate(questions):
        if question.after_result and not session.reviewed:
            break
        if not question.valid(session.began) or not question.when.met(answers):
            continue
        value = session.answers.get(question.id)
        if question.kind == "language":
            value = session.locale
        left_out = value is None and session.short and question.stage == "full"
        if left_out and not _settles(urgent_rules, question.id, answers, on):
            continue
        value = _still_offered(question, value, answers)
        asked.append(question)
        if value is None:
            return Path(tuple(asked), answers, question, left=_still(questions[index + 1 :], session, answers))
        answers[question.id] = value
        if question.id == session.at:
            return Path(tuple(asked), answers, question, left=_still(questions[index + 1 :], session, answers))
        if question.id in script.book.watched and not session.reviewed:
            decided = _decided(urgent_rules, script, answers, on)
            if decided is not None:
                return Path(tuple(asked), answers, None, decided)
    if session.short and not session.reviewed:
        needed = _needed(script, session, answers, on)
        if needed is not None:
            return Path((*asked, needed), answers, needed)
    return Path(tuple(asked), answers, None)


def _still_offered(question: Question, value: Value | None, answers: Answers) -> Value | None:
    """The answer without options that an earlier answer has taken away since (consent to health refused afterwards).

    If nothing of it is left, the question is open again.
    """
    several = chosen(value)
    if not several or not question.depends:
        return value
    offered = {option.id for option in question.offered(answers)}
    return tuple(id_ for id_ in several if id_ in offered) or None


def _decided(rules: list[Rule], script: Script, answers: Answers, on: dt.date) -> Rule | None:
    """A rule that ends the questions at once: under 16, or an expired title, nothing more may be asked or stored."""
    case = Case(answers, on, script.book.watched.difference(answers))
    return next((rule for rule in rules if rule.condition.of(case) is True), None)


def _settles(rules: list[Rule], question: str, answers: Answers, on: dt.date) -> bool:
    """Whether only this answer is missing before one of the rules that end at once can say yes or no."""
    case = Case(answers, on, frozenset({question}))
    return any(rule.condition.of(case) is None for rule in rules)


def _needed(script: Script, session: Session, answers: Answers, on: dt.date) -> Question | None:
    """On the short path: the first left-out question that would decide where she is sent (`design.md` 3)."""
    wanted = set(undecided(script.book, script.case(answers, on, began=session.began)))
    for question in script.questionnaire.questions:
        if question.id in wanted and question.id not in answers and question.when.met(answers):
            return question
    return None


def _still(rest: tuple[Question, ...], session: Session, answers: Answers) -> int:
    """How many questions may still come: an estimate for "question 5 of about 16"."""
    count = 0
    for question in rest:
        if not question.valid(session.began) or question.after_result or not question.counted:
            continue
        if session.short and question.stage == "full":
            continue
        known = all(
            _may_hold(answers.get(key), wanted, key in session.answers or key[0] == "@") for key, wanted in question.when.only
        )
        if known and not any(holds(answers.get(key), wanted) for key, wanted in question.when.unless):
            count += 1
    return count


def _may_hold(value: Value | None, wanted: frozenset[str], settled: bool) -> bool:
    return holds(value, wanted) if settled else True
