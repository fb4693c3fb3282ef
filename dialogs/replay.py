"""A stored decision, taken again from what is stored: by the same script, as of the same day, field by field.

What must be kept for that: the answers as they were when she confirmed them (`Session.answers`; what comes after the
result is no part of a decision), the day and the script's version (both in `Session.decision`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from dialogs.answers import Value
from dialogs.path import context
from dialogs.reasons import decide_with_reasons
from dialogs.screens import decided
from dialogs.script import Script
from dialogs.session import Session


def replayable(decision: Mapping[str, object] | None) -> bool:
    """Whether the decision says by which script and as of which day it was taken. Older ones do not."""
    return decision is not None and isinstance(decision.get("on"), str) and isinstance(decision.get("script"), str)


def decided_again(script: Script, session: Session) -> Mapping[str, object]:
    """The decision as the script takes it today, in its stored form."""
    assert session.decision is not None
    on = dt.date.fromisoformat(str(session.decision["on"]))
    before = Session(session.id, session.script, session.began, session.code, door=session.door, entry=session.entry)
    answers: dict[str, Value] = context(script, before)
    for key, value in session.answers.items():
        question = script.questionnaire.by_id.get(key)
        if question is not None and not question.after_result:
            answers[key] = value
    busy = session.decision.get("busy")
    if isinstance(busy, Mapping):
        script = script.counted(busy)
    case = script.case(answers, on, began=session.began)
    again = decided(script, session, decide_with_reasons(script, case), on)
    assert again.decision is not None
    return again.decision


def differences(stored: Mapping[str, object], again: Mapping[str, object]) -> tuple[str, ...]:
    """The fields that are not the same to the last bit. Only their names: a value may be about a person."""
    return tuple(sorted(key for key in stored if key not in again or _exact(stored[key]) != _exact(again[key])))


def _exact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
