"""The real thing that the machine drives: database, conversation, delivery, office; and how it crashes and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import psycopg

from admin.decisions import Wish, carry_out
from bot.app import phrasing_for
from bot.channels import Inbound, Outgoing, PersonGone, Reply, SendFailed, Unavailable
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.upkeep import sweep_once
from bot.words import Words
from dialogs.referral import Move
from dialogs.script import Library
from storage import Database, KeyRing, Staff, StorageUnavailable, UnitOfWork, open_database
from storage.models import metadata
from storage.writing import Writing
from tests.conftest import Clock

T = TypeVar("T")
PASSING = ("worker", "lease_until", "fence", "active_at")


class Sky:
    """The messenger's side: what arrived, and how the next sendings fail."""

    name = "telegram"
    pushes = True

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Outgoing]] = []
        self.weather: deque[str] = deque()

    async def send(self, address: str, page: Outgoing) -> None:
        match self.weather.popleft() if self.weather else "fine":
            case "429":
                raise SendFailed("Too Many Requests", retryable=True, retry_after=30)
            case "502":
                raise SendFailed("Bad Gateway", retryable=True)
            case "400":
                raise SendFailed("Bad Request", retryable=False)
            case "403":
                raise PersonGone("blocked")
        self.arrived.append((address, page))


class Process:
    """One bot process: its own connection, its own memory."""

    def __init__(self, url: str, keys: KeyRing, library: Library, words: Words, clock: Clock, sky: Sky, name: str) -> None:
        self.database = open_database(url, keys, clock=clock)
        phrasing = phrasing_for(library, words)
        self.conversation = Conversation(
            self.database, library, phrasing, pushing=("telegram",), clock=clock, worker=name
        )
        self.delivery = Delivery(self.database, phrasing, {"telegram": sky}, clock=clock, worker=name)
        self.conversation.hand_over = self.delivery.hand_over


class World:
    """`processes`: how many share the database. With SQLite there is one."""

    def __init__(self, url: str, library: Library, words: Words, processes: int = 1) -> None:
        self.url, self.library, self.words = url, library, words
        self.clock, self.sky, self.keys = Clock(), Sky(), KeyRing.random()
        self._looking: Any = None
        self._mark = "?" if url.startswith("sqlite") else "%s"
        self.loop = asyncio.new_event_loop()
        self.starts = 0
        self.processes = [self._process() for _ in range(processes)]
        self.turn = 0

    def _process(self) -> Process:
        self.starts += 1
        return Process(self.url, self.keys, self.library, self.words, self.clock, self.sky, f"worker-{self.starts}")

    @property
    def process(self) -> Process:
        return self.processes[self.turn % len(self.processes)]

    @property
    def database(self) -> Database:
        return self.process.database

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 60))

    def receive(self, inbound: Inbound) -> Reply:
        self.turn += 1
        self.clock.forward(milliseconds=1)  # ids are in the order of time; of two processes they would not be in one instant
        return self.wait(self.process.conversation.receive(inbound))

    def receive_at_once(self, inbounds: list[Inbound]) -> list[Reply]:
        """All of them at the same moment, spread over the processes."""

        async def together() -> list[Reply]:
            chosen = [self.processes[n % len(self.processes)] for n in range(len(inbounds))]
            return list(await asyncio.gather(*(p.conversation.receive(i) for p, i in zip(chosen, inbounds, strict=True))))

        return self.wait(together())

    def settle(self) -> None:
        """Send everything that is due now."""

        async def send() -> None:
            for process in self.processes:
                await process.delivery.settled()
                while await process.delivery.claim_once():
                    await process.delivery.settled()

        self.wait(send())

    def sweep(self) -> None:
        self.wait(sweep_once(self.database))

    def decide(self, staff: Staff, referral: str, move: Move, version: int) -> bool:
        wish = Wish(move, version, "nicht_erreicht" if move is not Move.ACCEPT else None, True, self.clock().date())
        moved = self.database.write_now(lambda uow: carry_out(uow, self.words, staff, referral, wish))
        return moved is not None

    # -- misfortune ----------------------------------------------------------------------------------------------------

    def crash(self) -> None:
        """Every process ends at once: nothing is closed, nothing of its memory is kept; then they start again."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        for process in self.processes:
            # What it had handed to the disk is there or not, but the same in every run of one story.
            process.database.write_now(lambda uow: None)
            _let_go(process.database)
        self.processes = [self._process() for _ in self.processes]

    @contextlib.contextmanager
    def failing(self, moment: str) -> Iterator[None]:
        """The next commit fails: before anything is on the disk, or after it, when nobody can say so any more."""
        real = Writing.commit

        def commit(writing: Writing) -> None:
            if moment == "before":
                raise StorageUnavailable("pulled the plug before the commit")
            real(writing)
            raise StorageUnavailable("pulled the plug after the commit")

        Writing.commit = commit  # type: ignore[method-assign]
        try:
            yield
        finally:
            Writing.commit = real  # type: ignore[method-assign]

    def interrupted(self, inbound: Inbound, moment: str) -> None:
        """An event whose process dies in the middle of it; the sender never hears of it."""
        with self.failing(moment):
            try:
                self.receive(inbound)
            except Unavailable:
                pass
            else:
                raise AssertionError("acknowledged what was not kept")
        self.crash()

    # -- looking -------------------------------------------------------------------------------------------------------

    def read(self, query: Callable[[UnitOfWork], T]) -> T:
        return self.database.read_now(query)

    def rows(self, words: str, *values: object) -> list[tuple[Any, ...]]:
        """Past our own code, `?` for values."""
        if self._looking is None:
            if self.url.startswith("sqlite"):
                self._looking = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
            else:
                self._looking = psycopg.connect(self.url, autocommit=True)
        found: list[tuple[Any, ...]] = self._looking.execute(words.replace("?", self._mark), values).fetchall()
        return found

    def digest(self) -> str:
        """Of every row of every table, but for leases and fences (looking for work changes nothing) and the hour of
        the last sign of life, which a repeated event is as well."""
        known = hashlib.sha256()
        for table in sorted(metadata.tables):
            columns = [c.name for c in metadata.tables[table].columns if c.name not in PASSING]
            for row in sorted(map(repr, self.rows(f"SELECT {', '.join(columns)} FROM {table}"))):
                known.update(f"{table}{row}".encode())
        return known.hexdigest()

    def close(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        for process in self.processes:
            process.database.close()
        self.loop.close()
        if self._looking is not None:
            self._looking.close()


def _let_go(database: Database) -> None:
    """What a dead process leaves: its lock is free, its connections are cut, its thread is no more.

    The thread of a living test process has to be ended by hand, with an open transaction's connection dropped first: nothing
    may be written back on the way, as `close()` would.
    """
    writing = database._writer._writing
    writing.drop()
    database._readers.shutdown(wait=True)
    database._writer.close()
    database._engine.dispose()


def hired(world: World, traeger: str, stellen: tuple[str, ...]) -> Staff:
    def hire(uow: UnitOfWork) -> Staff:
        id_ = uow.staff.add(
            login=f"cm-{traeger}", name="Fallmanagement", role="case_manager", traeger=traeger, stellen=stellen, password_hash="-"
        )
        return uow.staff.get(id_)  # type: ignore[return-value]

    return world.database.write_now(hire)


def noon(clock: Clock) -> dt.date:
    return clock().date()
