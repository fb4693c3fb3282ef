"""One chat in order, many chats at once, nothing left behind."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.telegram_turns import Turns


async def test_fifty_updates_of_one_chat_are_taken_one_by_one_in_the_order_of_their_numbers() -> None:
    turns, inside, order = Turns(), 0, []
    first = asyncio.Event()

    async def one(number: int) -> None:
        nonlocal inside
        async with turns.of(7, number):
            inside += 1
            assert inside == 1
            if number == 0:
                await first.wait()
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    tasks = [asyncio.create_task(one(number)) for number in (0, *range(49, 0, -1))]
    await asyncio.sleep(0)
    first.set()
    await asyncio.gather(*tasks)
    assert order == list(range(50))
    assert len(turns) == 0


async def test_another_chat_does_not_wait() -> None:
    turns, forever = Turns(), asyncio.Event()

    async def slow() -> None:
        async with turns.of(1, 1):
            await forever.wait()

    task = asyncio.create_task(slow())
    await asyncio.sleep(0)
    async with turns.of(2, 2):
        assert len(turns) == 2
    forever.set()
    await task
    assert len(turns) == 0


async def test_a_failure_and_a_cancelled_wait_do_not_shut_the_chat() -> None:
    turns = Turns()

    async def failing() -> None:
        async with turns.of(1, 1):
            await asyncio.sleep(0)
            raise RuntimeError

    async def waiting() -> None:
        async with turns.of(1, 2):
            pass

    fails, waits = asyncio.create_task(failing()), asyncio.create_task(waiting())
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(RuntimeError):
        await fails
    with pytest.raises(asyncio.CancelledError):
        await waits
    async with turns.of(1, 3):
        pass
    assert len(turns) == 0
