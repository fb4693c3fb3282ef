"""Two and four processes on one PostgreSQL, under load: nothing lost, nothing doubled, in order, and within Telegram's limits."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.words import Words
from dialogs.answers import to_json
from dialogs.script import Library
from storage import KeyRing, open_database
from tests.processes.exchange import Exchange, Page
from tests.processes.people import Crowd
from tests.processes.program import SECRET, Running, start

pytestmark = pytest.mark.postgres

ANSWERS: dict[str, object] = {
    "F2_notice": "yes", "S01_safety": ["none"], "S02_city": "velbert", "S03_age": "a27", "S04_status": "p104c",
}  # fmt: skip
# A machine that is busy with other things may let what had its place wait for so long, and then send it at once.
STALL_SECONDS = 1.5
PER_SECOND = 25


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    KeyRing.create_file(tmp_path / "keys.toml")
    return tmp_path / "keys.toml"


@pytest.fixture
def environ(postgres_url: str, keys_file: Path) -> dict[str, str]:
    return {
        "WEGWEISER_DATABASE_URL": postgres_url, "WEGWEISER_KEYS": str(keys_file), "WEGWEISER_COUNTY": "mettmann",
        "WEGWEISER_PUBLIC_URL": "https://kim.example", "WEGWEISER_TELEGRAM_BOT_NAME": "wegweiser_bot",
        "WEGWEISER_TELEGRAM_MODE": "buttons", "WEGWEISER_TELEGRAM_WEBHOOK_SECRET": SECRET, "WEGWEISER_DPIA_REFERENCE": "test",
        "WEGWEISER_TELEGRAM_PER_SECOND": str(PER_SECOND),
    }  # fmt: skip


@pytest.fixture
def ended() -> Iterator[list[Running]]:
    """Whatever a test starts ends with it."""
    running: list[Running] = []
    yield running
    for one in running:
        one.end()


@pytest.mark.parametrize(("count", "killed"), [(2, 0), (4, 1)], ids=["two", "four-one-killed"])
async def test_under_load_nothing_is_lost_doubled_or_out_of_order_and_the_limits_hold(
    count: int, killed: int, postgres_url: str, environ: dict[str, str], keys_file: Path, tmp_path: Path, library: Library,
    words: Words, ended: list[Running],
) -> None:  # fmt: skip
    dice = random.Random(count)
    database = open_database(postgres_url, KeyRing.from_file(keys_file))
    async with Exchange(dice) as exchange:
        address = {"WEGWEISER_TELEGRAM_API": exchange.url, "WEGWEISER_TELEGRAM_TOKEN": exchange.token}
        ended += await asyncio.to_thread(start, count, tmp_path, environ | address)
        exchange.running = list(ended)
        async with asyncio.timeout(60):
            while exchange.updates.hook is None:
                await asyncio.sleep(0.02)
        crowd = Crowd(exchange, database, library, words, dice)
        for number in range(44):
            crowd.joined(f"Person {number}", until="S05_valid_until", noisy=number % 4 == 0)
        talking = [asyncio.create_task(talker.talks(ANSWERS)) for talker in crowd.people]
        if killed:
            async with asyncio.timeout(60):
                while len(exchange.pages) < 100:
                    await asyncio.sleep(0.01)
            victim = exchange.running.pop(0)
            await asyncio.to_thread(victim.kill)
        await asyncio.gather(*talking)
        await _quiet(exchange, database)

        assert exchange.twice > 0 and not exchange.oddities and exchange.pending == [] and exchange.updates.dropped == []
        for talker in crowd.people:
            session = await talker.session()
            assert session is not None and session.open == "S05_valid_until"
            assert {question: to_json(value) for question, value in session.answers.items()} == ANSWERS | {"S01_safety": []}
            _once_and_in_order(exchange.of_chat[talker.person.id], talker.wrote, killed)
        assert len(database.read_now(lambda uow: uow.tx.all(_all_sessions()))) == len(crowd.people), "nobody began twice"
        assert database.read_now(lambda uow: uow.outbox.dead_count()) == 0
        _within_the_limits(exchange.pages)
    database.close()


def _once_and_in_order(pages: list[Page], wrote: int, killed: int) -> None:
    """Every question once; once more for each word she wrote; and at most once more for a process that was killed."""
    prompts = [page.prompt for page in pages if page.prompt is not None]
    steps_back = sum(later < earlier for earlier, later in pairwise(prompts))
    assert steps_back == 0, prompts
    # A question with boxes is drawn once more when a box is ticked.
    extra = sum(times - 1 for times in Counter(prompts).values())
    assert extra <= 1 + 2 * wrote + killed, (prompts, wrote)


def _within_the_limits(pages: list[Page]) -> None:
    times = [page.at for page in pages]
    for seconds in (2.0, 4.0, 8.0):
        assert _most(times, seconds) <= PER_SECOND * (seconds + STALL_SECONDS) + 5
    for chat in {page.chat for page in pages}:
        its = [page.at for page in pages if page.chat == chat]
        for seconds in (1.0, 3.0, 6.0):
            assert _most(its, seconds) <= seconds + STALL_SECONDS + 3


def _most(times: list[float], seconds: float) -> int:
    """The largest number in any window of this length."""
    times, most, first = sorted(times), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


async def _quiet(exchange: Exchange, database: object) -> None:
    """Everything is acknowledged and sent."""
    async with asyncio.timeout(90):
        while exchange.pending or database.read_now(lambda uow: uow.outbox.oldest_due()) is not None:  # type: ignore[attr-defined]
            await asyncio.sleep(0.05)


def _all_sessions() -> object:
    from sqlalchemy import select

    from storage.models import session
    from storage.statements import Statement

    return Statement(select(session.c.id))
