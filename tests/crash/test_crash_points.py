"""Killed exactly there: before and after each commit of the program, and on both sides of the messenger.

The list below is what the program does today. Whatever else is seen to commit while the tests run, and is not killed on
both sides, fails the last assertion: a new kind of step needs a line here.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from tests.bot.telegram.emulator import Fault
from tests.crash.databases import CrashDatabase
from tests.crash.failpoints import AFTER, BEFORE, MIGRATION
from tests.crash.lives import Zygote
from tests.crash.people import Someone
from tests.crash.plan import Plan
from tests.crash.reference import CODE
from tests.crash.run import Run, a_run

pytestmark = pytest.mark.crash

SECONDS = 40.0


def both(step: str) -> tuple[str, str]:
    return BEFORE + step, AFTER + step


# Passed by the very first start, on an empty database.
FIRST = (*both(MIGRATION), *both("check_keys.<locals>.<lambda>"))
# Passed by every life in which people talk.
ORDINARY = (
    *both("Delivery.claim_once.<locals>.<lambda>"), *both("sweep_once.<locals>.step"),
    *both("Conversation.receive.<locals>.step"), *both("all_sent"), "after the step, before its HTTP answer",
    *both("Recovery.beat.<locals>.<lambda>"), "before a message is sent", "after a message is sent, before that is noted",
)  # fmt: skip

# Of these nobody is made to die: they need another process that takes a message away, or a fault in our own program.
UNPROVOKED = {*both("released"), *both("Conversation.apologise.<locals>.step")}


async def _puts_back(run: Run, someone: Someone) -> None:
    run.server.fail("sendmessage", *[Fault(429, retry_after=1)] * 3)
    await someone.says("/start")


async def _gives_up(run: Run, someone: Someone) -> None:
    run.server.fail("sendmessage", *[Fault(400)] * 3)
    await someone.says("/start")


async def _meets_nobody(run: Run, someone: Someone) -> None:
    """The messenger refuses because she has blocked the bot; the news of that is not here yet."""
    await someone.says("/start")
    someone.person.chat.blocked = True


async def _is_blocked(run: Run, someone: Someone) -> None:
    await someone.says("/start")
    await run.until(lambda: bool(someone.person.received))
    await someone.person.blocks_the_bot(deliver=False)


async def _deletes(run: Run, someone: Someone) -> None:
    await someone.says("/start")
    await run.until(lambda: bool(someone.person.received))
    await someone.says("/delete")
    await run.until(lambda: any(key.press.act == "X" for key in someone.buttons()))
    await someone.presses(next(key for key in someone.buttons() if key.press.act == "X"))


async def _is_stopped(run: Run, someone: Someone) -> None:
    run.child.tell_to_stop()


async def _is_stopped_while_sending(run: Run, someone: Someone) -> None:
    """The messenger has taken a message and does not answer; the stop can't wait for that."""
    await _waits_for_the_messenger(run, someone)
    run.child.tell_to_stop()


async def _waits_for_the_messenger(run: Run, someone: Someone) -> None:
    run.server.fail("sendmessage", Fault(hang=True))
    await someone.says("/start")
    await run.until(lambda: any(call.payload.get("chat_id") == someone.person.id for call in run.server.called("sendmessage")))


async def _types_her_code(run: Run, someone: Someone) -> None:
    """She paused in the messenger, and goes on in the web chat with the code that stands on her screen."""
    await someone.says("/start")
    await run.until(lambda: bool(someone.buttons()))
    await someone.presses(next(key for key in someone.buttons() if key.press.act == "l"))
    await someone.says("/cancel")
    await run.until(lambda: any(CODE.search(message.text) for message in someone.person.received))
    code = next(found[0] for message in someone.person.received if (found := CODE.search(message.text)))
    with contextlib.suppress(aiohttp.ClientError):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{run.child.port}", cookie_jar=aiohttp.DummyCookieJar()) as browser:
            page = await browser.get("/code")
            form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', await page.text())[0], "code": code}
            cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in page.cookies.items())
            answer = await browser.post("/code", data=form, headers={"Cookie": cookie}, allow_redirects=False)
            raise AssertionError(f"the life goes on: {answer.status}")


# What does not happen by itself: somebody new comes, and this becomes of her.
PROVOKED: dict[str, Callable[[Run, Someone], Awaitable[None]]] = {
    **dict.fromkeys(both("put_back"), _puts_back),
    **dict.fromkeys(both("given_up"), _gives_up),
    **dict.fromkeys(both("person_gone"), _meets_nobody),
    **dict.fromkeys(both("Conversation.gone.<locals>.step"), _is_blocked),
    **dict.fromkeys(both("Conversation.resume.<locals>.step"), _types_her_code),
    **dict.fromkeys(both("Delivery.stop.<locals>.<lambda>"), _is_stopped),
    **dict.fromkeys(both("last_word"), _is_stopped_while_sending),
    **dict.fromkeys(both("renewed"), _waits_for_the_messenger),
    **dict.fromkeys(both("said_farewell"), _deletes),
    **dict.fromkeys(("before overwriting what was erased", "after overwriting what was erased"), _deletes),
}


async def test_the_program_may_die_before_and_after_every_commit(
    crash_database: CrashDatabase, tmp_path: Path, zygote: Zygote
) -> None:
    async with a_run(crash_database, tmp_path, Plan(at_first=FIRST, people=6, pace=0.05), zygote) as run:
        await run.end()
        for point in ORDINARY:
            await run.begin(at=point)
            run.may_act.set()
            await run.up()
            await run.ends_at(point, SECONDS)
        await run.check()
        for number, (point, happens) in enumerate(PROVOKED.items()):
            someone = run.joins(number)
            run.invariants.exempt.add(someone.person.id)
            await run.begin(at=point, plant="renews at once" if "renewed" in point else "")
            assert await run.up()
            await happens(run, someone)
            await run.ends_at(point, SECONDS)
            run.server.heal()
            await run.rest()
        await run.check()
        passed, killed = run.passed()
        print("\n".join(f"killed {'at' if point in killed else 'NEVER at'}: {point}" for point in sorted(passed)))
        assert run.outcome.findings.clean, str(run.outcome.findings)
    assert {*FIRST, *ORDINARY, *PROVOKED} <= killed
    assert passed - UNPROVOKED <= killed, f"nobody was killed at: {sorted(passed - killed)}"
