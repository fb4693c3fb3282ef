"""What the machine has found, as plain stories."""

from __future__ import annotations

from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database
from tests.bot.talk import Visitor
from tests.bot.test_delivery import Post
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN


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
