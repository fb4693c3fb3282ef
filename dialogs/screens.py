"""What is to be seen now, derived from the session alone. Looking changes nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogs.answers import chosen, to_json
from dialogs.bridge import checklist, for_person
from dialogs.county import ELSEWHERE
from dialogs.dates_to_know import dates_to_know, law_has_changed
from dialogs.effects import (
    Ask,
    Choice,
    ChooseLanguage,
    ShowChecklist,
    ShowData,
    ShowEnd,
    Shown,
    ShowPaused,
    ShowResult,
    ShowSummary,
    Text,
)
from dialogs.model import Question
from dialogs.path import Path, walk
from dialogs.reasons import decide_with_reasons
from dialogs.routing import KEIN_BEDARF, Decision
from dialogs.script import Script
from dialogs.session import PRESET_QUESTION, PRESETS, Session, Status
from dialogs.typed import date_bounds, next_parts, number_bounds

# Answers that a chat of a messenger must not repeat: the phone may be read (`domain.md` 5.2 no. 12 c).
HIDDEN_IN_CHATS = frozenset({"A6s", "A9"})


def view(script: Script, session: Session, on: dt.date, note: Text | None = None) -> tuple[Shown, ...]:
    """The open question, the summary, the result, the pause: whatever this session stands at."""
    if session.status is Status.PAUSED:
        return (ShowPaused(session.id, session.code),)
    if session.status is Status.FINISHED:
        return (*result(session, on), ShowEnd(session.id, session.outcome or "self", session.code, session.stelle))
    if session.status is Status.ENDED:
        return (ShowEnd(session.id, session.outcome or "stopped"),)
    path = walk(script, session, on)
    if path.at_once is not None:
        # Since she last looked a day has passed that ends the dialogue (her title has run out). Nothing may be asked now.
        ended = decided(script, session, decide_with_reasons(script, script.case(path.answers, on, began=session.began)), on)
        return (*result(ended, on), ShowEnd(session.id, "info", None, ended.stelle))
    if session.status is Status.REVIEWING:
        return (summary(session, path, note),)
    if path.open is None:
        return ()
    asked = ask(script, session, path, path.open, on, note)
    return (*result(session, on), asked) if path.open.after_result else (asked,)


def decided(script: Script, session: Session, decision: Decision, on: dt.date) -> Session:
    """The session with what was decided, and the Stellen that it means on this day: hers, and those of the further Dienste.

    Day, script and what was counted stand beside it, so that the decision can be taken again from the answers
    (`dialogs.replay`).
    """
    kommune = session.answers.get("S02_city")
    stelle = script.county.stelle_for(decision.dienst, kommune if isinstance(kommune, str) else None, on, script.busy)
    found = stelle.id if stelle else None
    further = (script.county.stelle_for(dienst, None, on) for dienst in decision.also)
    also = [stelle.id if stelle else None for stelle in further]
    whole = {**decision.to_json(), "stelle": found, "also_stellen": also, **_bridge(script, session, decision, on)}
    # A messenger's chat stays on the phone and with its operator: there no answer is told again, not even as a reason.
    whole |= {"on": on.isoformat(), "script": script.version, "told_again": session.door != "telegram"}
    if script.busy is not None:
        whole["busy"] = dict(script.busy)
    return replace(session, decision=whole, stelle=found)


def _bridge(script: Script, session: Session, decision: Decision, on: dt.date) -> dict[str, object]:
    """The checklist as it was when it was decided."""
    if decision.mode == "info_only":
        return {}
    case = script.case(session.answers, on, began=session.began)
    lines = checklist(script.book, case, decision.dienst)
    if not lines:
        return {}
    return {"checklist": [list(line.row()) for line in lines]}


def result(session: Session, on: dt.date) -> tuple[Shown, ...]:
    if session.decision is None:
        return ()
    dates = () if session.decision["mode"] == "info_only" else dates_to_know(session.answers, on)
    shown = ShowResult(session.id, session.decision, session.for_whom, dates)
    rows = session.decision.get("checklist")
    if not isinstance(rows, (list, tuple)) or not rows or session.decision["dienst"] == KEIN_BEDARF:
        return (shown,)
    if not session.decision.get("told_again", True):
        # That there is a list at all would say which paper she has.
        return (shown,)
    lines = tuple(for_person(rows))
    paragraphs = tuple(dict.fromkeys(str(row[0]) for row in rows))
    return (shown, ShowChecklist(session.id, paragraphs, lines, law_has_changed(session.answers, on)))


def ask(script: Script, session: Session, path: Path, question: Question, on: dt.date, note: Text | None) -> Shown:
    if question.kind == "language":
        return ChooseLanguage(session.id, script.county.languages, session.locale)
    brought = PRESET_QUESTION if session.entry in PRESETS else None
    asked = tuple(item for item in path.questions if item.counted and not item.after_result and item.id != brought)
    counted = question.counted and not question.after_result
    least = most = None
    if question.kind == "number":
        least, most = (str(bound) for bound in number_bounds(question, on))
    elif question.kind == "date":
        least, most = (bound.isoformat() for bound in date_bounds(on))
    return Ask(
        session=session.id, prompt=session.prompt, question=question.id, kind=question.kind,
        choices=choices(script, session, path, question, on),
        draft=session.draft if question.kind in ("date", "month") else (),
        number=len(asked) if counted else 0, of=len(asked) + path.left if counted else 0,
        can_back=path.before(question.id) is not None and _may_go_back(path, question),
        can_skip=question.skip, no_answers=tuple(str(item) for item in question.no_answers), note=note,
        for_whom=session.for_whom, recipient=session.stelle if question.purpose == "C3" else None,
        minimum=least, maximum=most,
    )  # fmt: skip


def _may_go_back(path: Path, question: Question) -> bool:
    before = path.before(question.id)
    return before is not None and before.kind != "language" and before.after_result == question.after_result


def choices(script: Script, session: Session, path: Path, question: Question, on: dt.date) -> tuple[Choice, ...]:
    if question.kind in ("date", "month"):
        return tuple(Choice(part) for part in next_parts(question.kind, session.draft, on))
    if question.kind == "number":
        least, most = number_bounds(question, on)
        return tuple(Choice(str(year)) for year in range(most, max(least, most - 35) - 1, -1))
    if question.kind == "town":
        ids = session.proposals or tuple(script.county.kommunen)
        town = session.answers.get(question.id)
        return (*(Choice(id_, id_ == town) for id_ in ids), Choice(ELSEWHERE, town == ELSEWHERE))
    switched: tuple[str, ...] = session.draft
    if not switched:
        before = session.answers.get(question.id)
        switched = chosen(before) or ((str(before),) if before is not None else ())
    return tuple(Choice(option.id, option.id in switched) for option in question.offered(path.answers))


def summary(session: Session, path: Path, note: Text | None) -> ShowSummary:
    rows = []
    for question in path.questions:
        if question.after_result or not question.store or question.kind in ("language", "consent"):
            continue
        hidden = session.door == "telegram" and question.data in HIDDEN_IN_CHATS
        rows.append((question.id, None if hidden else to_json(path.answers[question.id])))
    return ShowSummary(session.id, session.prompt, tuple(rows), note)


def stored(script: Script, session: Session) -> ShowData:
    """Every answer that is kept, for "what is stored about me"."""
    known = script.questionnaire.by_id
    rows = tuple(
        (key, to_json(value)) for key, value in session.answers.items() if key in known and known[key].kind != "consent"
    )
    return ShowData(session.id, rows, code=session.code)
