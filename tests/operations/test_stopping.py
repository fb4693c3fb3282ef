"""Told to stop with work in flight: nothing acknowledged is lost, nothing is held back, and it ends in time, every time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from bot.channels import Inbound, Reply, Unavailable
from bot.entrance import Entrance
from dialogs.events import HelpAsked
from storage import KeyRing, open_database
from tests.bot.telegram.emulator import Emulator, Fault
from tests.storage.raw import execute

ROOT = Path(__file__).parent.parent.parent
SECONDS = 60
SECRET = "a-secret-of-thirty-two-characters"


@dataclass
class Program:
    """The real program, and the updates it was given: `answers` by number, `times` when each answer came."""

    process: asyncio.subprocess.Process
    url: str
    answers: dict[int, int] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    retry_after: set[str] = field(default_factory=set)
    number: int = 0
    stderr: str = ""

    @property
    def taken(self) -> list[int]:
        return [number for number, status in self.answers.items() if status == 200]

    async def flood(self, http: aiohttp.ClientSession, chats: range) -> None:
        """One worker: update after update, until nobody answers any more."""
        while True:
            self.number += 1
            number, chat = self.number, chats[self.number % len(chats)]
            user = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "ar"}
            message = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "from": user, "text": "/help"}
            update = json.dumps({"update_id": number, "message": message})
            try:
                async with http.post(
                    self.url, data=update, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
                    timeout=aiohttp.ClientTimeout(total=30),
                ) as answer:  # fmt: skip
                    self.answers[number], self.times[number] = answer.status, time.monotonic()
                    if answer.status == 503:
                        self.retry_after.add(answer.headers.get("Retry-After", ""))
                        await asyncio.sleep(0.02)
            except (aiohttp.ClientError, OSError):
                return


@contextlib.asynccontextmanager
async def running(url: str, keys: Path, telegram: Emulator) -> AsyncIterator[Program]:
    port = unused_port()
    clean = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")}
    settings = {
        "DATABASE_URL": url, "KEYS": str(keys), "COUNTY": "mettmann", "PUBLIC_URL": "https://w.example", "BOT_PORT": str(port),
        "TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API": telegram.url, "TELEGRAM_MODE": "buttons", "DPIA_REFERENCE": "x",
        "TELEGRAM_WEBHOOK_SECRET": SECRET, "TELEGRAM_BOT_NAME": "wegweiser_bot",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "wegweiser.py", "serve", "bot", cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**clean, "PYTHONUNBUFFERED": "1", **{f"WEGWEISER_{name}": value for name, value in settings.items()}},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), SECONDS)
        assert line.startswith(b"bot: "), await process.communicate()
        yield Program(process, f"http://127.0.0.1:{port}/telegram/webhook")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def stopped(program: Program, *, twice: bool = False) -> float:
    """Send the signal and wait. Returns how many seconds it took."""
    begun = time.monotonic()
    program.process.send_signal(signal.SIGTERM)
    if twice:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            await asyncio.sleep(0.2)
            with contextlib.suppress(ProcessLookupError):
                program.process.send_signal(number)
    _, said = await asyncio.wait_for(program.process.communicate(), SECONDS)
    program.stderr = said.decode()
    return time.monotonic() - begun


@pytest.mark.parametrize("hangs", [True, False], ids=["bot-api-hangs", "bot-api-answers"])
async def test_under_load_it_ends_in_time_and_what_was_acknowledged_is_there(
    database_url: str, tmp_path: Path, hangs: bool
) -> None:
    keys = tmp_path / "keys.toml"
    ring = KeyRing.create_file(keys)
    async with Emulator() as telegram:
        chats = range(7_000, 7_040)
        for chat in chats:
            telegram.person(id=chat).chat.started = True
        if hangs:
            telegram.fail("sendMessage", *[Fault(hang=True)] * 10_000)
        async with running(database_url, keys, telegram) as program, aiohttp.ClientSession() as http:
            workers = [asyncio.create_task(program.flood(http, chats)) for _ in range(16)]
            async with asyncio.timeout(SECONDS):
                while len(program.taken) < 150 or len(telegram.called("sendMessage")) < 20:
                    await asyncio.sleep(0.01)
            told = time.monotonic()
            seconds = await stopped(program, twice=True)
            await asyncio.wait_for(asyncio.gather(*workers), SECONDS)
        arrived = Counter(call.payload["chat_id"] for call in telegram.called("sendMessage") if call.status == 200)
    assert program.process.returncode == 0, program.stderr
    assert seconds < 10
    lines = [json.loads(line) for line in program.stderr.splitlines()]
    assert "told to stop; finishing what is under way" in [line["event"] for line in lines]
    assert all({"time", "level", "logger", "event"} <= set(line) for line in lines)
    assert set(program.answers.values()) <= {200, 503} and program.retry_after <= {"5"}
    if hangs:
        # Letters are waited for, so the doors are still open: what comes now is sent away at once.
        assert 503 in program.answers.values()
        first = min(program.times[number] for number, status in program.answers.items() if status == 503)
        assert first - told < 2
    known = {bytes(mark) for (mark,) in execute(database_url, "SELECT event_bi FROM inbound")}
    lost = [number for number in program.taken if ring.blind_event("telegram", str(number))[:8].ljust(16, b"\0") not in known]
    assert lost == [] and len(program.taken) >= 150
    assert execute(database_url, "SELECT count(*) FROM outbox WHERE worker IS NOT NULL OR lease_until IS NOT NULL") == [(0,)]
    if database_url.startswith("sqlite"):
        log = Path(database_url.removeprefix("sqlite:///") + "-wal")
        assert not log.exists() or log.stat().st_size == 0
    sent = execute(database_url, "SELECT count(*) FROM outbox WHERE state = 'sent'")[0][0]
    waiting = execute(database_url, "SELECT count(*) FROM outbox WHERE state = 'due'")[0][0]
    if hangs:
        assert (sent, waiting > 0) == (0, True)
    else:
        assert sent == arrived.total(), "every letter that arrived is noted: none is sent again"
    if waiting:
        database = open_database(database_url, ring)
        lease = dt.timedelta(seconds=60)
        # A message put back after a failed try keeps its second of patience; nobody waits for a lease.
        now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
        database.close()
        database = open_database(database_url, ring, clock=lambda: now)
        assert database.write_now(lambda uow: uow.outbox.claim("next", limit=500, lease=lease)), "the next start sends at once"
        database.close()


def test_whatever_hangs_the_end_comes() -> None:
    code = (
        "import time\nfrom bot import journal, stopping\njournal.begin()\nstopping.in_time(0.2)\n"
        "try:\n    time.sleep(60)\nfinally:\n    time.sleep(60)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 3 and json.loads(ended.stderr)["level"] == "error"


# -- the entrance ------------------------------------------------------------------------------------------------------


async def test_what_is_inside_is_finished_and_nothing_more_comes_in() -> None:
    entrance, held, inside = Entrance(), asyncio.Event(), asyncio.Event()

    async def slow(_: Inbound) -> Reply:
        inside.set()
        await held.wait()
        return Reply()

    receive = entrance.receiving(slow)
    event: Any = Inbound("web", "a", "1", HelpAsked())
    under_way = asyncio.create_task(receive(event))
    await inside.wait()
    closing = asyncio.create_task(entrance.close(SECONDS))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="stopping"):
        await receive(event)
    assert not closing.done()
    held.set()
    assert await closing and await under_way == Reply()
    assert entrance.events == {("web", "taken"): 1, ("web", "unavailable"): 1}


async def test_a_step_that_takes_too_long_does_not_hold_the_end_up() -> None:
    entrance, inside = Entrance(), asyncio.Event()

    async def endless(_: Inbound) -> Reply:
        inside.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(entrance.receiving(endless)(Inbound("web", "a", "1", HelpAsked())))
    await inside.wait()
    assert await entrance.close(0.01) is False
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
