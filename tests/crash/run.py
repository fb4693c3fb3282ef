"""One crash run: lives and kills, people talking all the while, and the invariants every so often."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from bot.words import Words
from dialogs.load import load_library
from storage import KeyRing, StorageError, open_database
from tests.crash.book import Book
from tests.crash.databases import CrashDatabase, PostgresOnDisk
from tests.crash.invariants import Invariants
from tests.crash.lives import SECRET, Child, ChildFailed, Zygote
from tests.crash.people import Meant, Someone
from tests.crash.plan import Outcome, Plan
from tests.crash.program import COUNTY
from tests.crash.reference import Reference
from tests.crash.server import Server

PUBLIC_URL = "https://kim.example"
MODE = "buttons"
# Each in a town of her own (`people.Someone`); the last one lives elsewhere.
TOWNS = ("velbert", "ratingen", "erkrath", "haan", "hilden", "langenfeld", "mettmann", "monheim", "heiligenhaus", "other")
A_LEASE_ENDS = 61.0
# The messenger's server sees short outages: its own clock goes on by less, or every press would be too old soon.
AN_OUTAGE = 15.0
DRAINED_WITHIN = 10.0
# The exit status of a command that refuses.
REFUSED = 2


class Run:
    """`async with Run(...) as run:`, then `run.kill_many()` or single steps."""

    def __init__(self, database: CrashDatabase, folder: Path, plan: Plan, zygote: Zygote) -> None:
        self.database, self.folder, self.plan, self._zygote = database, folder, plan, zygote
        self.dice = random.Random(plan.seed)
        self.library = load_library(COUNTY)
        self.words = Words.load(self.library)
        self.outcome = Outcome(database.name)
        self.child: Child
        self.may_act = asyncio.Event()
        self.meant: list[Meant] = []
        self.someones: list[Someone] = []
        self._stack = contextlib.AsyncExitStack()
        self._began = time.monotonic()
        self._lived = -1

    async def __aenter__(self) -> Run:
        keys_file = self.folder / "keys.toml"
        KeyRing.create_file(keys_file)
        self.keys = KeyRing.from_file(keys_file)
        self.server = Server(
            0, lambda: self.child.clock.now(), random.Random(self.plan.seed + 1), lost_answers=self.plan.lost_answers
        )
        await self._stack.enter_async_context(self.server)
        self.child = Child(self._zygote, self.folder, self._settings(keys_file), self.plan.plant)
        self.server.port = self.child.port
        self._stack.push_async_callback(self.child.close)
        self.book = Book(self.library, self.words, self.server.token)
        self.reference = Reference(self.folder, self.library, self.words, self.server.token, MODE, PUBLIC_URL)
        self._stack.callback(self.reference.close)
        self.invariants = Invariants(self.server.ledger, self.meant, self.reference, self.keys)
        self.outcome.findings = self.invariants.findings
        for number in range(self.plan.people):
            self.joins(number)
        self._talking = [asyncio.create_task(someone.goes_on()) for someone in self.someones]
        for point in self.plan.at_first:
            await self.begin(migrate=True, at=point)
            await self.ends_at(point)
        # On an empty database, as an operator does it.
        await self.begin(migrate=True)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.may_act.clear()
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        await self._stack.aclose()

    def joins(self, number: int) -> Someone:
        person = self.server.person(f"Person {number}", language_code=self.dice.choice(("ar", "de", "en", "ti")))
        someone = Someone(
            self.server, person, self.book, TOWNS[number % len(TOWNS)], random.Random(f"{self.plan.seed} {number}"),
            self.plan.pace, self.plan.odd, self.may_act, self.meant.append,
        )  # fmt: skip
        self.someones.append(someone)
        return someone

    def _settings(self, keys: Path) -> dict[str, str]:
        return {
            "WEGWEISER_DATABASE_URL": self.database.url, "WEGWEISER_KEYS": str(keys), "WEGWEISER_COUNTY": COUNTY,
            "WEGWEISER_PUBLIC_URL": PUBLIC_URL, "WEGWEISER_TELEGRAM_TOKEN": self.server.token,
            "WEGWEISER_TELEGRAM_API": self.server.url, "WEGWEISER_TELEGRAM_MODE": MODE,
            "WEGWEISER_TELEGRAM_BOT_NAME": "wegweiser_bot", "WEGWEISER_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "WEGWEISER_DPIA_REFERENCE": "crash harness",
            # The limits of one message per second and chat are another test's; here they would only make people slow.
            "WEGWEISER_TELEGRAM_PER_SECOND": "0", "WEGWEISER_FLOOD_BURST": "0",
        }  # fmt: skip

    # -- lives -----------------------------------------------------------------------------------------------------

    async def begin(
        self, *, at: str = "", cold: bool = False, migrate: bool = False, passes: float = A_LEASE_ENDS, plant: str = ""
    ) -> None:
        """Start a life, after so much time that what the last one held in its hands is free again."""
        # Not after a life that had no time to leave a sign of life: that would be an outage, and everybody asked again.
        self.child.clock.forward(passes if self.server.life > self._lived else 0.0)
        self._lived = self.server.life
        await self.child.start("serve", "bot", *(["--migrate"] if migrate else []), at=at, cold=cold, plant=plant)
        if migrate and not at:
            await self.up()

    async def up(self, within: float = 60.0) -> bool:
        """Wait until the life listens, and let the server deliver to it. False if it ended or time is up."""
        if not await self.child.listens(within):
            return False
        self.server.listening(AN_OUTAGE)
        return True

    async def kill_many(self, kills: int, *, each: Callable[[], None] = lambda: None) -> Outcome:
        """So many lives, each killed at a random moment; the invariants every `check_every` kills and at the end."""
        for number in range(1, kills + 1):
            await self._one_life(number)
            each()
            if number % self.plan.check_every == 0 or number == kills:
                await self.check()
                if self.plan.stop_when_found and not self.outcome.findings.clean:
                    break
        return self.sum_up()

    async def _one_life(self, number: int) -> None:
        cold = bool(self.plan.cold_every) and number % self.plan.cold_every == 0
        if self.child.life is None:
            await self.begin(cold=cold)
        assert self.child.life is not None
        self.may_act.set()
        # One life in six ends while it begins; the others are given the time to begin, however slow the machine is.
        early = not cold and self.dice.random() < self.plan.early
        up = await self.up(self.dice.uniform(0, 0.15) if early else 60.0)
        moment = self.dice.uniform(0, self.plan.longest_life) if up else 0.0
        self.outcome.before_listening += not up
        begun = self.server.up
        server = self.database if isinstance(self.database, PostgresOnDisk) else None
        if server is not None and self.plan.server_kill_every and number % self.plan.server_kill_every == 0:
            # A life that finds no database while it begins says so and ends: its supervisor starts it again.
            await self._with_the_server(server, moment, (-9,) if begun else (-9, REFUSED))
        else:
            await asyncio.sleep(moment)
            await self.end()
        self.outcome.kills += 1
        self.outcome.cold += cold

    async def _with_the_server(self, server: PostgresOnDisk, moment: float, expected: tuple[int, ...]) -> None:
        """The database server dies, sometimes with the bot, sometimes under it."""
        await asyncio.sleep(moment)
        both = self.dice.random() < 0.5
        how = self.dice.choice((server.crash, server.kill))
        if both:
            await asyncio.gather(asyncio.to_thread(how), self.end(expected))
            await asyncio.to_thread(server.start)
        else:
            await asyncio.to_thread(how)
            await asyncio.sleep(self.dice.uniform(0, 0.3))
            await asyncio.to_thread(server.start)
            self.server.kick(6)  # the Retry-After of the 503s
            await asyncio.sleep(self.dice.uniform(0, 0.6))
            await self.end(expected)
        self.outcome.server_kills += 1

    async def end(self, expected: tuple[int, ...] = (-9,)) -> None:
        """SIGKILL. Raises ChildFailed if it had ended by itself."""
        status = await self.child.kill()
        self.server.falling()
        if status not in expected:
            raise ChildFailed(f"a life ended by itself with {status}: {self.child.last_words()}")

    async def ends_at(self, point: str, within: float = 30.0) -> None:
        """The life ends itself at this fail point."""
        for _ in range(round(within)):
            # The server's clock goes on: what it was to try again later is due.
            self.server.kick(2)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.child.outlived(), 1)
                break
        status = await self.child.outcome(1)
        self.server.falling()
        if status != -9:
            raise ChildFailed(f"{point!r} ended a life with {status}: {self.child.last_words()}")

    async def stop_once(self) -> None:
        """A life that ends by SIGTERM with work in flight: status 0 within ten seconds."""
        if self.child.life is None:
            await self.begin()
        self.may_act.set()
        if not await self.up():
            raise ChildFailed(f"a life did not listen: {self.child.last_words()}")
        await asyncio.sleep(self.dice.uniform(0, self.plan.longest_life))
        began = time.monotonic()
        status = await self.child.stop(DRAINED_WITHIN)
        self.server.falling()
        self.outcome.slowest_stop = max(self.outcome.slowest_stop, time.monotonic() - began)
        self.outcome.stops += 1
        if status != 0:
            raise ChildFailed(f"SIGTERM ended a life with {status}: {self.child.last_words()}")

    async def stop_many(self, stops: int) -> Outcome:
        for number in range(1, stops + 1):
            await self.stop_once()
            if number % self.plan.check_every == 0 or number == stops:
                await self.check()
        return self.sum_up()

    # -- rest ------------------------------------------------------------------------------------------------------

    async def rest(self) -> None:
        """Nobody acts; lives go on until every update is settled and no message is due. Ends with no life running."""
        self.may_act.clear()
        for attempt in range(30):
            if self.child.life is None:
                await self.begin(passes=A_LEASE_ENDS if attempt < 6 else 301.0)
            if not await self.up():
                raise ChildFailed(f"a life did not listen: {self.child.last_words()}")
            deadline = time.monotonic() + 3
            quiet = False
            while time.monotonic() < deadline and not quiet:
                await asyncio.sleep(0.03)
                quiet = self.server.idle and self._due() == 0 and not self._acting()
            # What was noted in memory only may still be on its way to the disk; a calm stop waits for it.
            await self.child.stop(DRAINED_WITHIN)
            self.server.falling()
            if quiet and self._due() == 0:
                return
        raise ChildFailed(f"never at rest: {len(self.server.updates.pending)} updates, {self._due()} messages due")

    def _acting(self) -> bool:
        return bool(self.server._under_way)

    def _due(self) -> int:
        now = int(self.child.clock.now() * 1_000_000) + 3_600_000_000
        return int(self.database.query(f"SELECT count(*) FROM outbox WHERE state = 'due' AND not_before <= {now}")[0][0])

    async def check(self) -> None:
        await self.rest()
        opened = open_database(self.database.url, self.keys)
        try:
            # The office has worked meanwhile: the chain of its log goes on over every crash.
            opened.write_now(lambda uow: uow.audit.note(
                "view_case", staff_id=None, traeger="awo", object_type="referral", object_id=str(self.outcome.checks)
            ))
            await self.invariants.check(self.database, opened)
        except StorageError as error:
            self.outcome.findings.note("database broken", f"{type(error).__name__}: {error}")
        finally:
            opened.close()
        self.outcome.checks += 1
        self.server.forget_old()

    async def until(self, holds: Callable[[], bool], within: float = 30.0) -> None:
        """Return when this holds, or when the life has ended. Raises ChildFailed if neither comes."""
        deadline = time.monotonic() + within
        while not holds() and not self.child.ended():
            if time.monotonic() > deadline:
                raise ChildFailed(f"it never came: {self.child.last_words()}")
            await asyncio.sleep(0.01)

    def passed(self) -> tuple[set[str], set[str]]:
        """The fail points that were passed in this run, and those that killed."""
        lines = self.child.points.read_text().splitlines()
        return {line[2:] for line in lines}, {line[2:] for line in lines if line.startswith("! ")}

    def sum_up(self) -> Outcome:
        ledger, outcome = self.server.ledger, self.outcome
        outcome.acknowledged, outcome.repeated, outcome.dropped = ledger.acknowledged, ledger.repeated, ledger.dropped
        outcome.nudges = sum(someone.nudges for someone in self.someones)
        outcome.seconds = time.monotonic() - self._began
        return outcome


@contextlib.asynccontextmanager
async def a_run(database: CrashDatabase, folder: Path, plan: Plan, zygote: Zygote) -> AsyncIterator[Run]:
    async with Run(database, folder, plan, zygote) as run:
        yield run
