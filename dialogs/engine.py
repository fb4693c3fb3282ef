"""One turn of a dialogue: a session and an event in, a session and effects out. Pure: no clock, no database, no chance.

What may happen in which state is `session.MOVES`. How an event changes a session is in `answering` and `moving`, what
follows in `turns`. Which question comes next is `path.walk`; where the person is sent is `routing.decide`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from dialogs import answering, moving, screens
from dialogs import effects as ef
from dialogs import events as ev
from dialogs.errors import EventRefused, StalePrompt
from dialogs.path import walk
from dialogs.script import Script
from dialogs.session import MOVES, Session, Status
from dialogs.turns import Turn, confirmed, end_at_once, proceed

__all__ = ["Turn", "advance", "start", "view"]


def start(
    script: Script, *, id: str, code: str, door: str, entry: str, locale: str | None, on: dt.date, prompt: int = 0
) -> Turn:
    """Begin a dialogue. `id` and `code` come from outside, because nothing here is random."""
    known = locale if locale in script.county.languages else None
    session = Session(
        id=id, script=script.version, began=on, code=code, door=door, entry=entry, locale=known, prompt=prompt
    )
    return proceed(script, session, on)


def advance(script: Script, session: Session, event: ev.Event, on: dt.date) -> Turn:
    """Let one event happen. Raises EventRefused (nothing has changed) if it does not fit the state or the open prompt."""
    if type(event) not in MOVES[session.status]:
        if hasattr(event, "prompt"):
            raise StalePrompt(f"{type(event).__name__} while {session.status}")
        raise EventRefused(f"{type(event).__name__} while {session.status}")
    if session.began != on and session.status in (Status.ASKING, Status.REVIEWING, Status.PAUSED):
        path = walk(script, session, on)
        if path.at_once is not None and not isinstance(event, ev.DeleteAsked | ev.DeleteConfirmed | ev.LanguageChosen):
            return end_at_once(script, session, path, on)
    prompt = getattr(event, "prompt", None)
    if prompt is not None and prompt != session.prompt:
        raise StalePrompt(f"prompt {prompt} while {session.prompt} is open")
    return HANDLERS[type(event)](script, session, event, on)


def view(script: Script, session: Session, on: dt.date, note: ef.Text | None = None) -> tuple[ef.Shown, ...]:
    """What is to be seen now. Looking changes nothing."""
    return screens.view(script, session, on, note)


HANDLERS: dict[type, Callable[[Script, Session, Any, dt.date], Turn]] = {
    ev.Started: moving.on_started,
    ev.Chosen: answering.on_chosen,
    ev.Toggled: answering.on_toggled,
    ev.Done: answering.on_done,
    ev.Typed: answering.on_typed,
    ev.Skipped: answering.on_skipped,
    ev.WentBack: moving.on_went_back,
    ev.ChangeAsked: moving.on_change_asked,
    ev.Confirmed: confirmed,
    ev.LanguageAsked: moving.on_language_asked,
    ev.LanguageChosen: moving.on_language_chosen,
    ev.HelpAsked: moving.on_help_asked,
    ev.HumanAsked: moving.on_human_asked,
    ev.DataAsked: moving.on_data_asked,
    ev.Paused: moving.on_paused,
    ev.Resumed: moving.on_resumed,
    ev.StartedAgain: moving.on_started_again,
    ev.AnotherPersonStarted: moving.on_another_person,
    ev.ConsentWithdrawn: moving.on_consent_withdrawn,
    ev.DeleteAsked: moving.on_delete_asked,
    ev.DeleteConfirmed: moving.on_delete_confirmed,
    ev.Unreadable: moving.on_unreadable,
}
