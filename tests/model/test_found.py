"""What the machine has found, as plain stories."""

from __future__ import annotations

import pytest

from bot.app import phrasing_for
from bot.conversation import Conversation
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database
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
