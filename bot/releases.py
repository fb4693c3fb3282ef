"""What was released while the program runs reaches it: at the start, every minute, and when a session asks for it.

New sessions begin on the newest rule book of the day; running ones finish on theirs, because every released version stays
in the library. Nothing has to be restarted.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from aiohttp import web

from bot.words import Words
from dialogs.errors import DefinitionError
from dialogs.load import load_library
from dialogs.release import Release
from dialogs.script import Library
from storage import Database, RuleChange, StorageError

log = logging.getLogger("wegweiser.releases")

EVERY_SECONDS = 60.0


class Releases:
    """The county's library as it stands now. One per process; safe to ask from any thread."""

    def __init__(self, database: Database, library: Library, words: Words) -> None:
        self._database = database
        self._words = words
        self._kreis = library.county.id
        self._mark = (0, 0)
        self._lock = threading.Lock()
        self._followers: list[Callable[[Library], None]] = []
        self.library = library
        words.newer = self.catch_up

    def follow(self, told: Callable[[Library], None]) -> None:
        """Be told now, and whenever something was released."""
        self._followers.append(told)
        told(self.library)

    def catch_up(self) -> Library:
        """Look whether something was released since, and take it up. One small query if not."""
        with self._lock:
            try:
                mark = self._database.read_now(lambda uow: uow.rule_changes.mark(self._kreis))
                if mark == self._mark:
                    return self.library
                changes = self._database.read_now(lambda uow: uow.rule_changes.confirmed(self._kreis))
            except StorageError as error:
                log.warning("released rules can't be looked up (%s); trying again", type(error).__name__)
                return self.library
            self.library = readable(self._kreis, [change.release() for change in changes])
            self._words.take(self.library, supplied(changes))
            for told in self._followers:
                told(self.library)
            self._mark = mark
            return self.library

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """For an application's `cleanup_ctx`: know everything before the first request, then look every minute."""
        await asyncio.to_thread(self.catch_up)
        watching = asyncio.create_task(self._watch())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await asyncio.to_thread(self.catch_up)
            except Exception as error:
                log.error("released rules could not be taken up (%s); trying again", type(error).__name__)


def with_released(database: Database, library: Library) -> Library:
    """The library with everything that was ever released in this database, for a command that serves nobody."""
    changes = database.read_now(lambda uow: uow.rule_changes.confirmed(library.county.id))
    return readable(library.county.id, [change.release() for change in changes]) if changes else library


def readable(kreis: str, releases: Sequence[Release]) -> Library:
    """The library with every release that can be read. One that a newer program can't read is left out, loudly."""
    try:
        return load_library(kreis, released=releases)
    except DefinitionError:
        kept: list[Release] = []
        for release in releases:
            try:
                load_library(kreis, released=[*kept, release])
                kept.append(release)
            except DefinitionError as error:
                log.error("the released rule book %s can't be read any more: %s", release.name, error.findings[0])
        return load_library(kreis, released=kept)


def supplied(changes: Sequence[RuleChange]) -> Mapping[str, Mapping[str, str]]:
    """All translations that came with releases; of one sentence the latest."""
    found: dict[str, dict[str, str]] = {}
    for change in changes:
        for locale, sentences in change.words.items():
            found.setdefault(locale, {}).update(sentences)
    return found
