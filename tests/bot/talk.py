"""A person at a channel that is asked for its page: presses what the page offers, by its words or ids."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels import Inbound, Outgoing, Press, Reply, event_of
from bot.conversation import Conversation
from dialogs import events as ev
from dialogs.session import Session, Status
from tests.dialogs.talk import Answer


class Visitor:
    """One phone. Every event has an id of its own, unless the test says otherwise."""

    def __init__(
        self, conversation: Conversation, *, channel: str = "web", address: str = "visitor-1", locale: str = "de"
    ) -> None:
        self.conversation = conversation
        self.channel, self.address, self.locale = channel, address, locale
        self.count = 0
        self.reply = Reply()

    async def say(self, event: ev.Event, *, event_id: str | None = None, session: str | None = None) -> Reply:
        self.count += 1
        id_ = event_id or f"{self.address}:{self.count}"
        self.reply = await self.conversation.receive(Inbound(self.channel, self.address, id_, event, session, self.locale))
        return self.reply

    async def press(self, press: Press, *, event_id: str | None = None) -> Reply:
        return await self.say(event_of(press), event_id=event_id, session=press.session)

    async def session(self) -> Session:
        session = await self.conversation.session_at(self.channel, self.address)
        assert session is not None
        return session

    async def begin(self, entry: str = "self", slip: str | None = None) -> None:
        await self.say(ev.Started(entry, self.locale, slip))

    async def answer_all(self, answers: Mapping[str, Answer], *, until: str | None = None) -> None:
        for _ in range(60):
            session = await self.session()
            if session.status is not Status.ASKING or session.open == until:
                return
            given = answers.get(session.open or "")
            if given is None:
                await self.say(ev.Skipped(session.prompt), session=session.id)
            elif isinstance(given, str) and given.startswith("#"):
                await self.say(ev.Typed(given[1:], session.prompt), session=session.id)
            else:
                options = given if isinstance(given, tuple) else (given,)
                await self.say(ev.Chosen(session.prompt, options), session=session.id)
            if await self.conversation.session_at(self.channel, self.address) is None:
                return
        raise AssertionError("the conversation never ends")

    async def to_the_end(self, answers: Mapping[str, Answer]) -> None:
        await self.begin()
        await self.answer_all(answers)
        session = await self.session()
        await self.say(ev.Confirmed(session.prompt), session=session.id)
        await self.answer_all(answers)

    async def look(self) -> tuple[Outgoing, ...]:
        return (await self.conversation.look(self.channel, self.address, self.locale)).pages


def words_of(pages: tuple[Outgoing, ...]) -> str:
    """Everything that can be read on these pages."""
    parts: list[str] = []
    for page in pages:
        parts += [page.heading, page.code, page.prompt_note, *page.paragraphs]
        parts += [f"{row.term} {row.description}" for row in page.rows]
        parts += [field.label for field in page.form.fields] if page.form else []
        parts += [button.label for button in page.buttons]
    return "\n".join(parts)
