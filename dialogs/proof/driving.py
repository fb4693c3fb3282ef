"""The real engine, driven to one question by somebody who is asked it; and whether she can leave it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from dialogs import events as ev
from dialogs.answers import Month, NoAnswer, Value, chosen
from dialogs.engine import advance, start
from dialogs.errors import EventRefused
from dialogs.model import Question
from dialogs.path import walk
from dialogs.script import Script
from dialogs.session import Session, Status

MOST_STEPS = 100


def at_question(script: Script, on: dt.date, answers: Mapping[str, Value], question: str) -> Session | None:
    """The session in which this question is open; None if the conversation ends or stops before."""
    # Where she is sent is not the question here, so nobody works out why.
    script = replace(script, explains=False)
    locale = script.county.languages[0] if script.county.languages else None
    session = start(script, id="probe", code="PROBE", door="web", entry="self", locale=locale, on=on).session
    for _ in range(MOST_STEPS):
        if session.open == question:
            return session
        if session.status is Status.ASKING and session.open is not None:
            event = _answer(script.questionnaire.by_id[session.open], answers, session)
        elif session.status is Status.REVIEWING:
            event = ev.Confirmed(session.prompt)
        else:
            return None
        try:
            session = advance(script, session, event, on).session
        except EventRefused:
            return None
    return None


def leaves(script: Script, on: dt.date, session: Session) -> str:
    """Why this open question can't be left by *back*, *stop* or *a human*; empty if it can."""
    tries: list[tuple[str, ev.Event]] = [
        ("einen Menschen fragen", ev.HumanAsked()), ("Pause machen", ev.Paused()), ("alles löschen", ev.DeleteAsked()),
    ]  # fmt: skip
    asked = script.questionnaire.by_id[str(session.open)]
    before = walk(script, session, on).before(asked.id)
    # Before the first question is only the language; and a confirmed summary is not taken back.
    if before is not None and before.kind != "language" and before.after_result == asked.after_result:
        tries.append(("zurückgehen", ev.WentBack(session.prompt)))
    for words, event in tries:
        try:
            turn = advance(script, session, event, on)
        except EventRefused:
            return f"Bei dieser Frage kann man nicht {words}."
        if isinstance(event, ev.WentBack) and turn.session.open == session.open:
            return f"Bei dieser Frage kann man nicht {words}."
    return ""


def _answer(question: Question, answers: Mapping[str, Value], session: Session) -> ev.Event:
    value = answers.get(question.id)
    prompt = session.prompt
    if question.purpose == "C1":
        return ev.Chosen(prompt, (next(option for option in question.by_id if option not in ("no", "info")),))
    if value is None or value == () or isinstance(value, NoAnswer):
        if question.skip:
            return ev.Skipped(prompt)
        return ev.Chosen(prompt, (next(iter(question.by_id), ""),))
    if isinstance(value, Month):
        return ev.Typed(f"{value.month:02d}/{value.year}", prompt)
    if isinstance(value, dt.date):
        return ev.Typed(f"{value:%d.%m.%Y}", prompt)
    if isinstance(value, tuple):
        return ev.Chosen(prompt, chosen(value))
    return ev.Chosen(prompt, (str(value),))
