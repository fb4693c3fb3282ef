"""What can be known of a questionnaire and its rules before anybody talks to it.

Each finding has a code, the place, and the remedy. `load` has already refused what can't be read at all; here is what
can be read and is still wrong: questions nobody reaches, consent that comes too late, rules and Stellen without use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.conditions import Always
from dialogs.county import County
from dialogs.model import Question
from dialogs.routing import KEIN_BEDARF, TOPIC
from dialogs.script import Library, Script
from dialogs.validity_check import faults

MOST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable; `where` names file or id; `what` says what is wrong and what to do."""

    code: str
    where: str
    what: str


def check(library: Library, on: dt.date) -> tuple[Finding, ...]:
    """All findings for one county on one day."""
    try:
        script = library.current(on)
    except LookupError as error:
        return (Finding("no-script", library.county.id, f"{error}. Add a rules file with an earlier valid_from."),)
    dated = (Finding(*found) for found in faults(library, on))
    return (*_questions(script), *_rules(script, on), *_places(script, on), *_stellen(library.county), *dated)


def _questions(script: Script) -> Iterator[Finding]:
    consented = False
    for question in script.questionnaire.questions:
        if question.purpose == "C1":
            consented = True
        elif not consented and question.kind != "language":
            yield Finding("consent-late", question.id, "is asked before consent C1. Move it behind the consent question.")
        if not question.why:
            yield Finding("no-why", question.id, "does not say why it is asked. Add why = \"...\".")
        for key, wanted in question.when.only:
            asked = script.questionnaire.by_id.get(key)
            if asked is not None and asked.kind not in ("town",) and not wanted & set(asked.by_id):
                yield Finding("dead-question", question.id, f"can never be asked: {key} offers none of its conditions.")
    longest = longest_path(script)
    if longest > MOST_QUESTIONS:
        yield Finding("too-long", script.questionnaire.id, f"has a path of {longest} questions; at most {MOST_QUESTIONS}.")


def longest_path(script: Script) -> int:
    """The most questions anybody can be asked: over every combination of answers that other questions depend on."""
    questions = [question for question in script.questionnaire.questions if question.counted]
    deciding = {key for question in questions for key, _ in (*question.when.only, *question.when.unless)}

    def most(index: int, answers: dict[str, str]) -> int:
        if index == len(questions):
            return 0
        question = questions[index]
        if not all(answers.get(key) in wanted for key, wanted in question.when.only if not key.startswith("@")):
            return most(index + 1, answers)
        if any(answers.get(key) in wanted for key, wanted in question.when.unless):
            return most(index + 1, answers)
        if question.id not in deciding:
            return 1 + most(index + 1, answers)
        return 1 + max(most(index + 1, {**answers, question.id: option}) for option in _classes(question.id, questions))

    return most(0, {})


def _classes(id_: str, questions: list[Question]) -> list[str]:
    """One option for each way in which later questions tell this question's options apart."""
    kept: dict[tuple[bool, ...], str] = {}
    question = next(q for q in questions if q.id == id_)
    wanted = [
        values
        for later in questions
        for key, values in (*later.when.only, *later.when.unless)
        if key == id_
    ]
    for option in question.by_id:
        kept.setdefault(tuple(option in values for values in wanted), option)
    return list(kept.values())


def _rules(script: Script, on: dt.date) -> Iterator[Finding]:
    rules = script.book.valid_rules(on)
    if not rules or not isinstance(rules[-1].condition, Always):
        yield Finding("no-last-rule", script.county.id, f"on {on} no rule without conditions is valid. Add one at the end.")
    for rule in rules[:-1]:
        if isinstance(rule.condition, Always):
            yield Finding("unreachable-rule", rule.id, "has no conditions and hides every rule after it. Move it to the end.")
    seen: dict[str, str] = {}
    for rule in rules:
        same = repr(sorted((name, sorted(map(str, values))) for name, values in rule.when.items()))
        if same in seen:
            yield Finding("dead-rule", rule.id, f"has the same conditions as {seen[same]} and can never match. Remove it.")
        seen.setdefault(same, rule.id)
    if any(rule.to == TOPIC for rule in rules):
        needs = {row.need for row in script.book.topics if row.valid(on)}
        for option in script.questionnaire.by_id["S15_needs"].options:
            if not option.exclusive and option.id not in needs:
                yield Finding("topic-missing", option.id, "has no [[topic]] row: nobody would know where to send this need.")
        for need in sorted(need for need in needs if need):
            rows = [row for row in script.book.topics if row.need == need and row.valid(on)]
            if not isinstance(rows[-1].condition, Always):
                yield Finding("topic-open", need, "its last [[topic]] row has conditions. Add one without.")


def _places(script: Script, on: dt.date) -> Iterator[Finding]:
    """Every place a rule sends people to must exist for the towns that the rule speaks of."""
    county = script.county
    everywhere: tuple[str | None, ...] = (*county.kommunen, None)
    sent: dict[str, dict[str | None, None]] = {county.clearing: dict.fromkeys(everywhere)}
    for row in (*script.book.valid_rules(on), *script.book.topics, *script.book.also):
        if not row.valid(on):
            continue
        towns = tuple(str(town) for town in row.when.get("kommune", ()))
        if row.to not in (TOPIC, KEIN_BEDARF):
            sent.setdefault(row.to, {}).update(dict.fromkeys(towns or everywhere))
    for dienst, kommunen in sorted(sent.items()):
        missing = [kommune for kommune in kommunen if county.stelle_for(dienst, kommune, on) is None]
        if missing:
            named = ", ".join(kommune or "nobody's town" for kommune in missing)
            yield Finding("no-stelle", dienst, f"has no Stelle for {named}. Add one, or one for kommunen = [\"*\"].")


def _stellen(county: County) -> Iterator[Finding]:
    names: dict[str, str] = {}
    for kommune in county.kommunen.values():
        for alias in (kommune.name, *kommune.aliases):
            other = names.setdefault(alias.casefold(), kommune.id)
            if other != kommune.id:
                yield Finding("alias-twice", kommune.id, f"shares the name {alias!r} with {other}. Remove it from one.")


def gaps(county: County) -> tuple[Finding, ...]:
    """What the Kreis still has to enter before real use: not wrong, but missing."""
    return tuple(
        Finding("open", stelle.id, "has neither address nor telephone. The Kreis enters them in services.toml.")
        for stelle in county.stellen.values()
        if not (stelle.address or stelle.phone or stelle.email or stelle.url)
    )
