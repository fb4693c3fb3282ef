"""From the outbox to the person: in order, with patience, never lost, and the last word erases only what it should."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from bot.app import phrasing_for
from bot.channels import Outgoing, PersonGone, SendFailed
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database
from tests.bot.talk import Visitor
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN


class Pigeon:
    """A channel that pushes: notes what arrives, and fails as the test says."""

    name = "telegram"
    pushes = True

    def __init__(self) -> None:
        self.arrived: list[Outgoing] = []
        self.failures: deque[Exception] = deque()
        self.held: asyncio.Event | None = None

    async def send(self, address: str, page: Outgoing) -> None:
        if self.held is not None:
            await self.held.wait()
        if self.failures:
            raise self.failures.popleft()
        self.arrived.append(page)

    @property
    def kinds(self) -> list[str]:
        return [page.kind for page in self.arrived]


class Post:
    """A whole way out: conversation, delivery and one pigeon."""

    def __init__(self, database: Database, library: Library, words: Words, clock: Clock) -> None:
        self.database, self.clock, self.pigeon = database, clock, Pigeon()
        phrasing = phrasing_for(library, words)
        self.conversation = Conversation(database, library, phrasing, pushing=("telegram",), clock=clock, worker="w")
        self.delivery = Delivery(database, phrasing, {"telegram": self.pigeon}, clock=clock, worker="w")
        self.conversation.hand_over = self.delivery.hand_over
        self.visitor = Visitor(self.conversation, channel="telegram", address="4711")

    async def later(self, seconds: float) -> None:
        """Let time pass and send what is due then."""
        self.clock.forward(seconds=seconds)
        while await self.delivery.claim_once():
            await self.delivery.settled()


@pytest.fixture
async def post(database: Database, library: Library, words: Words, clock: Clock) -> Post:
    return Post(database, library, words, clock)


def chats_left(database: Database) -> bool:
    return database.read_now(lambda uow: uow.chats.find("telegram", "4711")) is not None


async def test_messages_arrive_in_order_and_once(post: Post) -> None:
    await post.visitor.begin()
    await post.visitor.answer_all(HILDEN, until="S03_age")
    await post.delivery.settled()
    before = post.pigeon.kinds
    assert before == ["ask"] * 4
    await post.later(120)
    assert post.pigeon.kinds == before


async def test_a_busy_server_is_waited_for_as_long_as_it_asks_and_nothing_overtakes(post: Post) -> None:
    await post.visitor.begin()
    await post.delivery.settled()
    post.pigeon.failures.append(SendFailed("busy", retryable=True, retry_after=30))
    await post.visitor.answer_all(HILDEN, until="S01_safety")
    await post.delivery.settled()
    await post.visitor.answer_all(HILDEN, until="S02_city")
    await post.delivery.settled()
    assert post.pigeon.kinds == ["ask"], "the newer question waits behind the older one"
    await post.later(29)
    assert post.pigeon.kinds == ["ask"]
    await post.later(2)
    assert [page.heading[:8] for page in post.pigeon.arrived[1:]] == ["Zuerst d", "In welch"]


async def test_a_person_who_left_is_not_written_to_again(post: Post) -> None:
    await post.visitor.begin()
    await post.delivery.settled()
    post.pigeon.failures.append(PersonGone("blocked"))
    await post.visitor.answer_all(HILDEN, until="S01_safety")
    await post.delivery.settled()
    await post.later(3600)
    assert post.pigeon.kinds == ["ask"]


async def test_after_the_last_word_the_address_is_gone(post: Post) -> None:
    await post.visitor.to_the_end(HILDEN)
    await post.visitor.say(ev.DeleteConfirmed())
    await post.delivery.settled()
    assert post.pigeon.kinds[-1] == "showend" and not chats_left(post.database)


@pytest.mark.parametrize("failure", [PersonGone("blocked"), SendFailed("refused", retryable=False)], ids=["gone", "refused"])
async def test_the_address_is_gone_too_when_the_last_word_can_not_be_sent(post: Post, failure: Exception) -> None:
    await post.visitor.begin()
    await post.delivery.settled()
    post.pigeon.failures.append(failure)
    await post.visitor.say(ev.DeleteConfirmed())
    await post.delivery.settled()
    assert not chats_left(post.database)


async def test_a_late_farewell_does_not_touch_the_next_conversation(post: Post, library: Library) -> None:
    await post.visitor.begin()
    await post.delivery.settled()
    post.pigeon.held = asyncio.Event()
    await post.visitor.say(ev.DeleteConfirmed())
    await post.visitor.to_the_end(HILDEN)
    post.pigeon.held.set()
    await post.delivery.settled()
    assert (await post.visitor.session()).outcome == "referred"
    traeger = library.county.stellen["ff-caritas"].traeger
    page = post.database.read_now(lambda uow: uow.referrals.open_for(traeger, ["ff-caritas"]))
    assert [row.rule for row in page.rows] == ["M10"]


async def test_a_refusal_for_a_second_person_leaves_the_first_reachable(post: Post) -> None:
    await post.visitor.to_the_end(HILDEN)
    first = await post.visitor.session()
    await post.visitor.say(ev.AnotherPersonStarted())
    session = await post.visitor.session()
    await post.visitor.say(ev.Chosen(session.prompt, ("no",)), session=session.id)
    await post.delivery.settled()
    assert post.pigeon.kinds[-1] == "showend" and chats_left(post.database)
    assert (await post.visitor.session()).id == first.id


async def test_a_reminder_is_neutral_has_its_consent_and_goes_with_the_person(post: Post) -> None:
    await post.visitor.to_the_end({**HILDEN, "S17_contact": ("remind",)})
    await post.delivery.settled()
    session = await post.visitor.session()
    stored = post.database.read_now(lambda uow: uow.sessions.load(session.id))
    assert stored is not None
    consents = post.database.read_now(lambda uow: uow.consents.of(stored.person_id))
    assert [row.purpose for row in consents if row.given] == ["C1", "C4"]
    before = len(post.pigeon.arrived)
    await post.later(73 * 86400)
    (reminder,) = post.pigeon.arrived[before:]
    assert reminder.paragraphs == ("Erinnerung: Bitte öffnen Sie den Chat.",)
    await post.visitor.say(ev.DeleteConfirmed())
    await post.delivery.settled()
    told = len(post.pigeon.arrived)
    await post.later(60 * 86400)
    assert len(post.pigeon.arrived) == told


async def test_a_message_that_can_not_be_phrased_stops_nobody_else(post: Post) -> None:
    await post.visitor.begin()
    await post.delivery.settled()
    broken = {
        "effect": "tellstatus",
        "referral": "r",
        "status": "declined",
        "dienst": "MBE",
        "stelle": "mbe",
        "reason": "erfunden",
    }
    chat = post.database.read_now(lambda uow: uow.chats.find("telegram", "4711"))
    assert chat is not None
    post.database.write_now(lambda uow: uow.outbox.put(chat.id, broken, "de", key="broken"))
    await post.later(1)
    await post.visitor.answer_all(HILDEN, until="S01_safety")
    await post.delivery.settled()
    await post.later(1)
    assert post.pigeon.kinds == ["ask", "ask"]
    assert post.database.read_now(lambda uow: uow.outbox.dead_count()) == 1
