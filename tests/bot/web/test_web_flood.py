"""A browser that floods is told to come again: its answer stays on the page, and nobody else notices."""

from __future__ import annotations

from bot.channels.flood import Flood
from dialogs import events as ev
from tests.bot.web.conftest import Server, Visitor
from tests.bot.web.test_web_conversation import begun


async def test_what_is_too_much_is_not_heard_but_stays_on_the_page(server: Server, visitor: Visitor) -> None:
    server.channel._flood = flood = Flood(2, clock=lambda: server.clock[0])
    await begun(visitor)
    await visitor.send("c", option="duldung")
    heard = len(server.script.heard)
    await visitor.send("d", option=["lang"])
    assert visitor.status == 503 and visitor.headers["Retry-After"] == "1"
    assert visitor.heading == "Bitte gleich noch einmal"
    assert len(server.script.heard) == heard and flood.refused == 1
    server.clock[0] += 1
    await visitor.send("d")
    assert isinstance(server.script.events()[-1], ev.Done | ev.Chosen)


async def test_who_wants_everything_deleted_is_heard_in_the_middle_of_a_flood(server: Server, visitor: Visitor) -> None:
    await begun(visitor)
    server.channel._flood = Flood(1, per_second=0.001, clock=lambda: server.clock[0])
    await visitor.send("h")
    await visitor.send("x")
    assert server.script.events()[-1] == ev.DeleteAsked()
