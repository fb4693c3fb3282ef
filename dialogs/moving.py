"""Everything that is no answer: back, change, pause, start again, and the commands that are heard in every state."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogs import effects as ef
from dialogs import events as ev
from dialogs import screens
from dialogs.answering import open_question
from dialogs.errors import EventRefused, UnknownOption
from dialogs.path import walk
from dialogs.screens import view
from dialogs.script import Script
from dialogs.session import Session, Status
from dialogs.turns import Turn, again, proceed


def on_went_back(script: Script, session: Session, event: ev.WentBack, on: dt.date) -> Turn:
    path = walk(script, session, on)
    if session.status is Status.REVIEWING:
        target = path.questions[-1] if path.questions else None
    else:
        if session.draft and open_question(script, session).kind in ("date", "month"):
            return again(script, replace(session, draft=session.draft[:-1]), on)
        if session.proposals:
            return again(script, replace(session, proposals=()), on)
        if session.changing:
            return proceed(script, replace(session, at=None, changing=False), on)
        target = path.before(session.open or "")
        if target is None or target.kind == "language" or target.after_result != open_question(script, session).after_result:
            raise EventRefused("nothing before this question")
    if target is None:
        raise EventRefused("nothing before this question")
    return _open_again(script, session, target.id, on)


def on_change_asked(script: Script, session: Session, event: ev.ChangeAsked, on: dt.date) -> Turn:
    if event.question not in {question.id for question in walk(script, session, on).questions}:
        raise UnknownOption(f"{event.question!r} is not on the summary")
    return _open_again(script, replace(session, changing=True), event.question, on)


def _open_again(script: Script, session: Session, question: str, on: dt.date) -> Turn:
    session = replace(
        session, at=question, open=question, status=Status.ASKING, draft=(), proposals=(), prompt=session.prompt + 1
    )
    return Turn(session, view(script, session, on))


def on_paused(script: Script, session: Session, event: ev.Paused, on: dt.date) -> Turn:
    if session.status in (Status.PAUSED, Status.FINISHED):
        return Turn(session, view(script, session, on))
    paused = replace(session, status=Status.PAUSED, before_pause=session.status, prompt=session.prompt + 1)
    return Turn(paused, view(script, paused, on))


def on_resumed(script: Script, session: Session, event: ev.Resumed, on: dt.date) -> Turn:
    """Go on after a pause; or, where nothing was paused ("no, don't delete"), show where we are."""
    if session.status is Status.PAUSED:
        status = session.before_pause or Status.ASKING
        session = replace(session, status=status, before_pause=None, prompt=session.prompt + 1)
    return Turn(session, view(script, session, on))


def on_started(script: Script, session: Session, event: ev.Started, on: dt.date) -> Turn:
    """The chat was opened again: show where we are. A paused session goes on."""
    if session.status is Status.PAUSED:
        return on_resumed(script, session, ev.Resumed(), on)
    return Turn(session, view(script, session, on))


def on_started_again(script: Script, session: Session, event: ev.StartedAgain, on: dt.date) -> Turn:
    if session.status is Status.FINISHED:
        return Turn(session, (ef.BeginAnother(),))
    return Turn(session, (ef.Erase("person"), ef.BeginAnother()))


def on_another_person(script: Script, session: Session, event: ev.AnotherPersonStarted, on: dt.date) -> Turn:
    return Turn(session, (ef.BeginAnother(),))


# -- commands --------------------------------------------------------------------------------------------------------


def on_language_asked(script: Script, session: Session, event: ev.LanguageAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.ChooseLanguage(session.id, script.county.languages, session.locale),))


def on_language_chosen(script: Script, session: Session, event: ev.LanguageChosen, on: dt.date) -> Turn:
    if event.locale not in script.county.languages:
        raise UnknownOption(f"no language {event.locale!r}")
    first = session.locale is None
    session = replace(session, locale=event.locale)
    return proceed(script, session, on) if first else Turn(session, view(script, session, on))


def on_help_asked(script: Script, session: Session, event: ev.HelpAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.Say(ef.Text("ui.help")), *view(script, session, on)))


def on_human_asked(script: Script, session: Session, event: ev.HumanAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.Say(ef.Text("ui.human", {"code": session.code})), *view(script, session, on)))


def on_data_asked(script: Script, session: Session, event: ev.DataAsked, on: dt.date) -> Turn:
    return Turn(session, (screens.stored(script, session),))


def on_delete_asked(script: Script, session: Session, event: ev.DeleteAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.ConfirmDelete(session.id),))


def on_delete_confirmed(script: Script, session: Session, event: ev.DeleteConfirmed, on: dt.date) -> Turn:
    ended = replace(session, status=Status.ENDED, outcome="deleted", open=None, prompt=session.prompt + 1)
    return Turn(ended, (ef.Withdraw(), ef.Erase("chat"), ef.ShowEnd(session.id, "deleted")))


def on_consent_withdrawn(script: Script, session: Session, event: ev.ConsentWithdrawn, on: dt.date) -> Turn:
    if session.outcome != "referred":
        raise EventRefused("nothing was handed over")
    session = replace(session, outcome="self")
    return Turn(session, (ef.Withdraw(), ef.Say(ef.Text("ui.withdrawn")), *view(script, session, on)))


def on_unreadable(script: Script, session: Session, event: ev.Unreadable, on: dt.date) -> Turn:
    return Turn(session, (ef.Say(ef.Text("ui.no_files")), *view(script, session, on)))


