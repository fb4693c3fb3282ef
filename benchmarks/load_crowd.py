"""Who does something when: fixed times that wait for nobody (open loop), and how long each answer took from its due time.

An event whose turn it is goes out however the ones before it fare; if the server is late, the wait counts from the due time.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks.load_lines import Answer, Lines, NoAnswer, request
from benchmarks.load_people import Person, TelegramPerson, WebPerson, World, new_chat, telegram_request

TELEGRAM, WEB = "telegram", "web"
LONGEST_RETRY = 60.0
ANSWERED = {TELEGRAM: (200,), WEB: (200, 303)}
FLOODER = "9999999999"
FLOOD_LINES = 40


@dataclass(frozen=True, slots=True)
class Taken:
    """One event: its door, when it was due (seconds of the run), and milliseconds until it was acknowledged and replied."""

    door: str
    due: float
    acknowledged: float
    replied: float


class Crowd:
    def __init__(self, world: World) -> None:
        self._world = world
        self._ready: dict[str, asyncio.Queue[Person]] = {TELEGRAM: asyncio.Queue(), WEB: asyncio.Queue()}
        self._chats: dict[int, TelegramPerson] = {}
        self._numbers = count(1_000_000)
        self._tasks: set[asyncio.Task[None]] = set()
        self.people: list[Person] = []
        self.taken: list[Taken] = []
        self.counts: Counter[str] = Counter()
        self.latest_start = 0.0
        self.began = 0.0

    # -- people come -------------------------------------------------------------------------------------------------

    async def come(self, door: str) -> None:
        """One more person, who has opened the page or found the bot and has not pressed anything yet."""
        if door == TELEGRAM:
            person: Person = TelegramPerson(self._world, TELEGRAM, new_chat())
            assert isinstance(person, TelegramPerson)
            self._chats[int(person.address)] = person
        else:
            person = WebPerson(self._world, WEB, "")
            assert isinstance(person, WebPerson)
            person.looked(await self._asked(WEB, person.look(), (200,)))
        self.people.append(person)
        self._ready[door].put_nowait(person)

    def arrive(self, chat: int, message: int, payload: dict[str, Any]) -> None:
        """A message came to the Bot API."""
        person = self._chats.get(chat)
        if person is None:
            self.counts["messages to the flooding chat"] += str(chat) == FLOODER
            return
        person.shown(message, payload)
        person.told()

    # -- events ------------------------------------------------------------------------------------------------------

    async def press_on(self, door: str, per_second: float, seconds: float) -> None:
        """So many events per second, each at its own time."""
        for number in range(int(per_second * seconds)):
            due = self.began + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            self._go(self._event(door, due))

    def _go(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.counts[f"the script failed: {task.exception()!r}"] += 1

    async def _event(self, door: str, due: float) -> None:
        person = await self._ready[door].get()
        self.latest_start = max(self.latest_start, time.perf_counter() - due)
        event = person.next_event()
        if event is None:
            self.counts["stuck"] += 1
            return
        if isinstance(person, TelegramPerson):
            bytes_ = person.update(next(self._numbers), event)
            if bytes_ is None:
                self.counts["stuck: the button is not there"] += 1
                return
        else:
            assert isinstance(person, WebPerson)
            bytes_ = person.form(event)
        person.pending = event
        person.replied.clear()
        answer = await self._asked(door, bytes_, ANSWERED[door])
        acknowledged = time.perf_counter()
        person.happened()
        if isinstance(person, WebPerson):
            if answer.status == 303:
                answer = await self._asked(door, person.look(), (200,))
            person.looked(answer)
            person.told()
        await person.replied.wait()
        self.taken.append(Taken(door, due - self.began, (acknowledged - due) * 1000, (person.told_at - due) * 1000))
        if person.done:
            self.counts["conversations that came to their end"] += 1
            await self.come(door)
        else:
            self._ready[door].put_nowait(person)

    async def _asked(self, door: str, bytes_: bytes, wanted: tuple[int, ...]) -> Answer:
        """Asked again until it is heard, as Telegram does it (and a person with a page that says: once more)."""
        wait = 1.0
        while True:
            try:
                answer = await self._world.lines.ask(bytes_)
                if answer.status in wanted:
                    return answer
                self.counts[f"{door}: HTTP {answer.status}, asked again"] += 1
                pause = answer.retry_after or wait
            except NoAnswer:
                self.counts[f"{door}: no answer, asked again"] += 1
                pause = wait
            await asyncio.sleep(min(pause, LONGEST_RETRY))
            wait = min(wait * 2, LONGEST_RETRY)

    async def settle(self, seconds: float) -> int:
        """Let what is under way come to its end. How many events were left without."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)
        left = len(self._tasks)
        for task in tuple(self._tasks):
            task.cancel()
        return left


class Flood:
    """One chat that writes as fast as it is told to, or as this machine can; nothing of it is asked again."""

    def __init__(self, host: str, port: int, per_second: float, seconds: float) -> None:
        self._lines = Lines(host, port, FLOOD_LINES)
        self._per_second, self._seconds = per_second, seconds
        self.statuses: Counter[str] = Counter()
        self.taken = 0.0

    async def run(self) -> None:
        chat = f'"chat":{{"id":{FLOODER},"type":"private"}}'
        tail = f',{chat},"from":{{"id":{FLOODER},"is_bot":false,"first_name":"x","language_code":"de"}},"text":"x"}}}}'
        bodies: Iterable[bytes] = (
            telegram_request(f'{{"update_id":{n},"message":{{"message_id":{n},"date":0{tail}'.encode())
            for n in range(500_000_000, 500_000_000 + int(self._per_second * self._seconds))
        )
        begun, waiting = time.perf_counter(), iter(enumerate(bodies))

        async def sender() -> None:
            for number, bytes_ in waiting:
                ahead = begun + number / self._per_second - time.perf_counter()
                if ahead > 0:
                    await asyncio.sleep(ahead)
                if time.perf_counter() - begun > self._seconds:
                    return
                try:
                    self.statuses[str((await self._lines.ask(bytes_)).status)] += 1
                except NoAnswer:
                    self.statuses["no answer"] += 1

        await asyncio.gather(*(sender() for _ in range(FLOOD_LINES)))
        self.taken = time.perf_counter() - begun
        self._lines.close()

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / max(self.taken, 1e-9)


async def healthy(lines: Lines, seconds: float = 60) -> None:
    """Return when the program answers."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        try:
            if (await lines.ask(request("GET", "/healthz"))).status == 200:
                return
        except NoAnswer:
            pass
        await asyncio.sleep(0.05)
    raise SystemExit("the program did not begin to answer; see its log")
