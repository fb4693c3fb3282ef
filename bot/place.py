"""Where conversations happen: the county's scripts and words, the clock, which channels push; and what can be seen there."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.channels import Outgoing, Reply
from bot.phrasing import Phrasing
from dialogs import effects as ef
from dialogs.engine import Turn, start, view
from dialogs.handover import code_for
from dialogs.script import Library, Script
from dialogs.session import Session, Status
from storage import StoredSession, UnitOfWork

# Dates of the law are days in Germany.
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Place:
    """Where conversations happen: the county's scripts and words, the clock, and which channels push.

    `newer` looks whether another process has released a rule book that this one does not know yet. `crowded` says that so
    many messages of a chat are on their way that further ones had better wait in the outbox.
    """

    library: Library
    phrasing: Phrasing
    pushing: frozenset[str]
    clock: Callable[[], dt.datetime]
    worker: str | None = None
    newer: Callable[[], Library] | None = None
    crowded: Callable[[str], bool] = lambda chat: False
    monotonic: Callable[[], float] = time.monotonic

    def today(self) -> dt.date:
        return self.clock().astimezone(BERLIN).date()

    @property
    def kreis(self) -> str:
        return self.library.county.id

    def traeger_of(self, stelle: str) -> str:
        return self.library.county.stellen[stelle].traeger

    def pushes(self, channel: str) -> bool:
        return channel in self.pushing

    def script(self, session: Session) -> Script:
        """The script the session began on; the current one if that file is gone."""
        found = self.library.get(session.script)
        if found is None and self.newer is not None:
            found = self.newer().get(session.script)
        return found or self.library.current(self.today())

    def locale_of(self, session: Session, hint: str | None = None) -> str:
        """Her language; until she has chosen one, that of her device if we have it, else German."""
        return session.locale or (hint if hint in self.library.county.languages else "de")

    def phrase(self, effect: ef.Shown, locale: str) -> Outgoing:
        return self.phrasing.phrase(effect, locale)

    def toast(self, note: ef.Text | None, locale: str) -> str:
        return self.phrasing.line(note, locale) if note is not None else ""

    def text_hash(self, effect: ef.KeepConsent, locale: str, session: Session) -> str:
        """The fingerprint of the exact words that stood on the screen."""
        words = self.phrasing.consent_words(effect.text, locale, session.stelle)
        return hashlib.sha256(words.encode()).hexdigest()

    def begin(self, *, door: str, entry: str, locale: str | None, prompt: int = 0) -> Turn:
        return start(
            self.library.current(self.today()), id=new_session_id(), code=code_for(secrets.randbits(40)), door=door,
            entry=entry, locale=locale, on=self.today(), prompt=prompt,
        )  # fmt: skip

    def news(self, uow: UnitOfWork, session: Session) -> tuple[ef.Shown, ...]:
        """What became of the hand-over, as it stands now."""
        if session.status is not Status.FINISHED:
            return ()
        return tuple(
            ef.TellStatus(state.id, state.status, state.dienst, state.stelle, state.reason, state.moved_at.date().isoformat())
            for state in uow.referrals.of_session(session.id)
        )

    def pages_now(
        self, uow: UnitOfWork, stored: StoredSession, note: ef.Text | None = None, hint: str | None = None
    ) -> Reply:
        """The page of a channel that is asked for it: derived from what is stored, changing nothing."""
        session = stored.session
        locale = self.locale_of(session, hint)
        shown = (*self.news(uow, session), *view(self.script(session), session, self.today(), note))
        pages = tuple(self.phrase(effect, locale) for effect in shown)
        return Reply(pages, session=session.id, code=session.code)


def new_session_id() -> str:
    """Eight symbols, short enough for a button's 64 bytes."""
    number = secrets.randbits(40)
    return "".join("abcdefghijkmnpqrstuvwxyz23456789"[number >> shift & 31] for shift in range(0, 40, 5))
