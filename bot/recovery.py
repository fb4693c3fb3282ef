"""After an outage every open question is asked again, once.

A press of a button lives 150 seconds at the messenger: what was pressed while nobody was there is lost, and the person waits
for an answer that never comes. So every process of the bot leaves a sign of life in the database every ten seconds, and looks
first how old the last one is. Older than two minutes: all processes were down, or the database was away. Then whoever stands
at an open question gets it again, with a kind sentence. In slices, each kept with the keys of its messages; the sign of life
is renewed only with the last slice, so that a crash in the middle, or two processes starting together, still ask once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.phrasing import WAS_AWAY
from bot.place import Place
from dialogs import effects as ef
from dialogs.effect_json import effect_to_json
from dialogs.engine import view
from storage import Database, StorageError, StorageUnavailable, UnitOfWork
from storage.left_waiting import LeftWaiting, left_waiting

log = logging.getLogger("wegweiser.recovery")

NAME = "bot"
BEAT_SECONDS = 10.0
LONGEST_SILENCE = dt.timedelta(seconds=120)
# A process that is alive beats within this time after the last beat, also on a slow day: what was said later was said after
# the outage.
SURELY_AWAY = dt.timedelta(seconds=60)
ASKED_WITHIN = dt.timedelta(hours=24)
# Chats in one step: nobody else's step waits for longer than that.
SLICE = 50


@dataclass(frozen=True, slots=True)
class Beat:
    """What one beat did. `more`: the outage is not yet made good, go on at once."""

    asked: int = 0
    more: bool = False
    silence: dt.timedelta = dt.timedelta()
    last: str = ""


def _clock() -> float:
    """Seconds that no correction of the wall clock changes, and that go on while the machine sleeps (where it can tell)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Recovery:
    """The sign of life of one process. `asked` is told when messages were put into the outbox."""

    def __init__(
        self, database: Database, place: Callable[[], Place], asked: Callable[[], None] = lambda: None, *,
        clock: Callable[[], float] = _clock,
    ) -> None:  # fmt: skip
        self._database, self._place, self._asked, self._clock = database, place, asked, clock
        self._beaten: float | None = None
        self._after = ""

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                beat = await self.beat()
            except Exception as error:
                log.warning("no sign of life could be left (%s)", type(error).__name__)
                beat = Beat()
            if not beat.more:
                await asyncio.sleep(BEAT_SECONDS)

    async def beat(self) -> Beat:
        """Look at the last sign of life, make good what an outage has cost (one slice), leave a new one after the last slice."""
        now = self._clock()
        # This process has been here all the time: then it was the wall clock that jumped.
        was_here = self._beaten is not None and now - self._beaten <= LONGEST_SILENCE.total_seconds()
        after = self._after
        beat = await self._database.write(lambda uow: self._step(uow, was_here, after))
        if beat.more:
            self._after = beat.last
        else:
            self._after, self._beaten = "", now
        if beat.asked:
            log.warning("nobody was there for %d s: %d open questions are asked again", beat.silence.total_seconds(), beat.asked)
            self._asked()
        return beat

    def _step(self, uow: UnitOfWork, was_here: bool, after: str) -> Beat:
        seen = uow.heartbeat.last(NAME)
        silence = uow.now - seen if seen is not None else dt.timedelta()
        if seen is None or was_here or silence <= LONGEST_SILENCE:
            uow.heartbeat.beat(NAME)
            return Beat()
        place = self._place()
        found = left_waiting(
            uow, tuple(place.pushing), since=seen - ASKED_WITHIN, fresh=seen + SURELY_AWAY, after=after, most=SLICE
        )
        asked = sum(self._ask_again(uow, place, one, seen) for one in found if not one.asked)
        if len(found) == SLICE:
            return Beat(asked, True, silence, found[-1].chat_id)
        uow.heartbeat.beat(NAME)
        return Beat(asked, False, silence)

    def _ask_again(self, uow: UnitOfWork, place: Place, one: LeftWaiting, seen: dt.datetime) -> bool:
        """Put the open question once more. False if that was done before, or can't be done."""
        try:
            stored = uow.sessions.load(one.session_id)
            if stored is None:
                return False
            session = stored.session
            shown = view(place.script(session), session, place.today(), WAS_AWAY)
            if not any(isinstance(effect, ef.Ask | ef.ShowSummary) and effect.note is not None for effect in shown):
                shown = (ef.Say(WAS_AWAY), *shown)
            pages = [effect_to_json(effect) for effect in shown]
        except StorageUnavailable:
            raise
        except (StorageError, LookupError, ValueError, TypeError) as error:
            # One damaged dialogue must not keep everybody else from being asked. Only the kind is logged.
            log.error("an open question can't be asked again: %s", type(error).__name__)
            return False
        locale = place.locale_of(session)
        rows = [
            uow.outbox.put(one.chat_id, page, locale, key=f"gap:{seen.isoformat()}:{one.chat_id}:{number}")
            for number, page in enumerate(pages)
        ]
        return rows[0] is not None
