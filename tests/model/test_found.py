"""What the machine has found, as plain stories."""

from __future__ import annotations

import pytest

from bot.app import phrasing_for
from bot.conversation import Conversation
from bot.words import Words
from dialogs import events as ev
from dialogs.effect_json import effect_to_json
from dialogs.effects import TellStatus
from dialogs.script import Library
from storage import Database, UnitOfWork
from storage.retention import sweep
from tests.bot.talk import Visitor
from tests.bot.test_delivery import Post
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN
from tests.storage import raw


async def test_who_unblocks_the_bot_and_goes_on_gets_what_the_office_says_later(
    database: Database, library: Library, words: Words, clock: Clock
) -> None:
    post = Post(database, library, words, clock)
    visitor: Visitor = post.visitor
    await visitor.to_the_end(HILDEN)
    await post.delivery.settled()
    await post.conversation.gone("telegram", visitor.address)
    await visitor.say(ev.HelpAsked())
    await post.delivery.settled()
    chat = database.read_now(lambda uow: uow.chats.find("telegram", visitor.address))
    assert chat is not None and not chat.gone
    told = {"effect": "tellstatus", "referral": "r", "status": "accepted", "dienst": "FF_CARITAS", "stelle": "ff-caritas"}
    database.write_now(lambda uow: uow.outbox.put(chat.id, told, "de", key="told"))
    await post.later(1)
    assert post.pigeon.kinds[-1] == "tellstatus"


async def test_news_of_a_hand_over_survives_when_somebody_else_on_the_phone_refuses(
    database: Database, library: Library, words: Words, clock: Clock
) -> None:
    post = Post(database, library, words, clock)
    await post.visitor.to_the_end(HILDEN)
    first = await post.visitor.session()
    await post.visitor.say(ev.AnotherPersonStarted())
    await post.delivery.settled()

    def accept(uow: UnitOfWork) -> None:
        chat = uow.chats.find("telegram", "4711")
        (referral,) = uow.referrals.of_session(first.id)
        assert chat is not None
        told = TellStatus(referral.id, "accepted", referral.dienst, referral.stelle)
        uow.outbox.put(chat.id, effect_to_json(told), "de", key="told")

    database.write_now(accept)
    second = await post.visitor.session()
    await post.visitor.say(ev.Chosen(second.prompt, ("no",)), session=second.id)
    await post.later(1)
    assert post.pigeon.kinds[-2:] == ["tellstatus", "showend"]


@pytest.mark.parametrize("channel", ["web", "telegram"])
async def test_after_an_unfinished_dialogue_has_run_out_delete_still_deletes_the_other_person_of_this_phone(
    channel: str, database_url: str, database: Database, library: Library, words: Words, clock: Clock
) -> None:
    conversation = Conversation(database, library, phrasing_for(library, words), pushing=("telegram",), clock=clock, worker="w")
    visitor = Visitor(conversation, channel=channel, address="4711")
    await visitor.to_the_end(HILDEN)
    first = await visitor.session()
    await visitor.say(ev.AnotherPersonStarted())
    clock.forward(days=3)
    database.write_now(sweep)
    assert (await visitor.session()).id == first.id, "her hand-over still waits: hers is the dialogue of this phone"
    await visitor.say(ev.DeleteConfirmed())
    assert database.read_now(lambda uow: uow.sessions.load(first.id)) is None
    (state,) = raw.execute(database_url, "SELECT status, person_id FROM referral")
    assert state == ("withdrawn", None)
