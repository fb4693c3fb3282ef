"""The questionnaire: questions and options nobody sees, consent that comes too late, states nobody can leave.

Most is proved over the answer space; that each question can be left by *back*, *stop* and *a human* is tried in the real
engine, with a person who is asked it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from dialogs import events as ev
from dialogs.answer_space.diagram import NONE
from dialogs.answers import Value
from dialogs.model import Question
from dialogs.proof.day import Day, Duty
from dialogs.proof.driving import at_question, leaves
from dialogs.proof.findings import Finding, whole
from dialogs.session import MOVES, Status

MOST_QUESTIONS = 20


def asked_ones(day: Day) -> tuple[Question, ...]:
    return tuple(question for question in day.script.questionnaire.questions if question.valid(day.on))


def order(day: Day) -> Iterator[Finding]:
    """Consent before the first personal question, for everybody; and every question says why it is asked."""
    diagrams = day.space.diagrams
    agreed = NONE
    for question in asked_ones(day):
        people = diagrams.both(day.space.possible, day.space.asked(question))
        if question.purpose == "C1":
            agreed = diagrams.either(agreed, people)
        elif question.kind != "language" and not diagrams.within(people, agreed):
            yield day.finding(
                "consent-late", "question", question.id, "Diese Frage kommt für manche Menschen vor der Einwilligung C1.",
                "Die Frage hinter die Einwilligung stellen.", diagrams.without(people, agreed),
            )  # fmt: skip
        if not question.why:
            what = "Es steht nicht da, warum gefragt wird."
            yield day.finding("no-why", "question", question.id, what, "why = \"...\" eintragen.")


def seen(day: Day) -> Iterator[Duty]:
    """Every question is put to somebody, and every option is offered to somebody."""
    diagrams, space = day.space.diagrams, day.space
    for question in asked_ones(day):
        people = diagrams.both(space.possible, space.asked(question))
        key = ("dead-question", question.id)
        what, remedy = "Diese Frage wird niemandem gestellt.", "ask_if und ask_unless ändern oder die Frage entfernen."
        say = partial(day.finding, "dead-question", "question", question.id, what, remedy)
        yield Duty(key, people != NONE, say)
        for option in question.options if people != NONE else ():
            offered = diagrams.meet(people, space.met(option.when.only, option.when.unless))
            what = f"Die Antwort „{option.id}“ wird niemandem angeboten."
            say = partial(day.finding, "dead-option", "question", question.id, what, "only_if ändern oder die Antwort entfernen.")
            yield Duty(("dead-option", question.id, option.id), offered, say)


def dead_ends(day: Day) -> Iterator[Finding]:
    """Whoever is asked can answer, and can go back, stop, or ask for a human."""
    diagrams, space = day.space.diagrams, day.space
    yield from _moves(day)
    for question in asked_ones(day):
        people = diagrams.both(space.possible, space.asked(question))
        if people == NONE or question.kind == "language":
            continue
        if question.options and question.kind != "town":
            offered = diagrams.any_of(space.met(option.when.only, option.when.unless) for option in question.options)
            without = diagrams.without(people, offered)
            if without != NONE:
                yield day.finding(
                    "dead-end", "question", question.id, "Manche Menschen werden gefragt, bekommen aber keine Antwort angeboten.",
                    "Eine Antwort für alle anbieten, oder die Frage ihnen nicht stellen (ask_if).", without,
                )  # fmt: skip
                continue
        reason = _left(day, question, people)
        if reason:
            yield day.finding("dead-end", "question", question.id, reason, "Die Bedingungen der Frage prüfen.", people)


def _moves(day: Day) -> Iterator[Finding]:
    always: tuple[type, ...] = (ev.HumanAsked, ev.HelpAsked, ev.DeleteAsked)
    open_: tuple[type, ...] = (ev.WentBack, ev.Paused)
    for status, moves in MOVES.items():
        wanted = (*always, *open_) if status in (Status.ASKING, Status.REVIEWING) else always
        for event in wanted:
            if event not in moves:
                what = f"Im Zustand {status} ist {event.__name__} nicht möglich."
                yield day.finding("dead-end", "question", status.value, what, "MOVES in dialogs/session.py ergänzen.")


def _left(day: Day, question: Question, people: int) -> str:
    """Why somebody who is asked this can't leave it; empty if all is well."""
    for answers in _askers(day, question, people):
        session = at_question(day.script, day.on, answers, question.id)
        if session is not None:
            return leaves(day.script, day.on, session)
    return "Kein Gespräch kommt bis zu dieser Frage."


def _askers(day: Day, question: Question, people: int) -> Iterator[Mapping[str, Value]]:
    """People to try: one who is asked; for what comes after the result, one of each destination."""
    sets = [people] if not question.after_result else [day.space.diagrams.both(people, cell.people) for cell in day.table.cells]
    wanted = {key: tuple(sorted(values))[:1] for key, values in question.when.only if not key.startswith("@")}
    for some in sets:
        chosen = day.space.values(some)
        if chosen is not None:
            extra = {key: values for key, values in wanted.items() if day.script.questionnaire.by_id[key].after_result}
            yield {**whole(day.space, chosen), **extra}
