"""What follows an event: the next question, the summary, the decision, the end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import NamedTuple

from dialogs import effects as ef
from dialogs import screens
from dialogs.answers import Value, chosen
from dialogs.events import Confirmed
from dialogs.model import Question
from dialogs.path import Path, walk
from dialogs.reasons import decide_with_reasons
from dialogs.routing import KEIN_BEDARF, Decision
from dialogs.script import Script
from dialogs.session import Session, Status


class Turn(NamedTuple):
    """What a turn led to. `once`: an effect shows something that is kept nowhere."""

    session: Session
    effects: tuple[ef.Effect, ...]


def before(effect: ef.Effect, turn: Turn) -> Turn:
    return Turn(turn.session, (effect, *turn.effects))


def answered(script: Script, session: Session, question: Question, value: Value, on: dt.date) -> Turn:
    return proceed(script, session.with_answer(question.id, value), on)


def again(
    script: Script, session: Session, on: dt.date, *, note: ef.Text | None = None, keep_prompt: bool = False
) -> Turn:
    session = session if keep_prompt else replace(session, prompt=session.prompt + 1)
    return Turn(session, screens.view(script, session, on, note))


def proceed(script: Script, session: Session, on: dt.date) -> Turn:
    """Ask the next question; or show the summary; or, when it has been confirmed and nothing is open, finish."""
    path = walk(script, session, on)
    opened = session.open if path.open is None else path.open.id
    session = replace(session, prompt=session.prompt + 1, status=Status.ASKING, draft=(), proposals=(), open=opened)
    if path.at_once is not None:
        return end_at_once(script, session, path, on)
    if path.open is not None:
        shown = screens.ask(script, session, path, path.open, on, None)
        first_after = path.open.after_result and path.open is next(q for q in path.questions if q.after_result)
        return Turn(session, (*screens.result(session, on), shown) if first_after else (shown,))
    if not session.reviewed:
        reviewing = replace(session, status=Status.REVIEWING, open=None, at=None)
        return Turn(reviewing, (screens.summary(reviewing, path, None),))
    return _finish(script, session, on)


def confirmed(script: Script, session: Session, event: Confirmed, on: dt.date) -> Turn:
    path = walk(script, session, on)
    if path.at_once is not None:
        return end_at_once(script, session, path, on)
    kept = _plain(path)
    decision = decide_with_reasons(script, script.case(path.answers, on, began=session.began))
    session = replace(session, answers=kept, reviewed=True)
    turn = proceed(script, screens.decided(script, session, decision, on), on)
    return Turn(turn.session, (*cards_first(decision), *turn.effects))


def end_at_once(script: Script, session: Session, path: Path, on: dt.date) -> Turn:
    decision = decide_with_reasons(script, script.case(path.answers, on, began=session.began))
    session = screens.decided(script, replace(session, answers=dict(_plain(path))), decision, on)
    ended = replace(session, status=Status.ENDED, outcome="info", open=None)
    return Turn(
        ended,
        (
            *cards_first(decision), *screens.result(ended, on), ef.ShowEnd(ended.id, "info", None, ended.stelle),
            ef.Count(f"info_{decision.dienst}"), ef.Erase("chat"),
        ),
    )  # fmt: skip


def cards_first(decision: Decision) -> tuple[ef.Effect, ...]:
    return (ef.ShowCards(decision.cards),) if decision.cards else ()


def _plain(path: Path) -> dict[str, Value]:
    return {key: value for key, value in path.answers.items() if not key.startswith("@") and key != "F1_lang"}


def _finish(script: Script, session: Session, on: dt.date) -> Turn:
    path = walk(script, session, on)
    answers = _plain(path)
    handed = answers.get("S18_handover") == "yes"
    needs_nobody = session.decision is not None and session.decision["dienst"] == KEIN_BEDARF
    outcome = "referred" if handed else "no_need" if needs_nobody else "self"
    # What is no longer on the path (a number given for a call that is not wanted any more) is not kept.
    session = replace(session, status=Status.FINISHED, open=None, at=None, outcome=outcome, answers=answers)
    shown: list[ef.Effect] = []
    if not any(q.after_result for q in path.questions):
        shown.extend(screens.result(session, on))
    shown.append(ef.ShowEnd(session.id, outcome, session.code, session.stelle))
    counted = ef.Count(f"ziel_{session.decision['dienst']}" if session.decision else "ziel")
    return Turn(session, (*shown, *_reminders(session, on), counted))


def _reminders(session: Session, on: dt.date) -> tuple[ef.Effect, ...]:
    """Neutral reminders before the title ends, only if she asked for them: that is consent C4 (`domain.md` 1.5, 5.2)."""
    wanted, until = session.answers.get("S17_contact"), session.answers.get("S05_valid_until")
    if "remind" not in chosen(wanted) or not isinstance(until, dt.date):
        return ()
    days = (until - dt.timedelta(days=ahead) for ahead in (183, 42, 14))
    reminders = tuple(ef.Remind(day) for day in days if day > on)
    return (ef.KeepConsent("C4", True, "scr.S17_contact.remind"), *reminders) if reminders else ()
