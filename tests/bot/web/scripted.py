"""A conversation with fixed pages in place of the real one: it records what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.channels import Inbound, Outgoing, Reply, Unavailable
from dialogs import events as ev
from tests.bot.web import samples


class Scripted:
    """Shows `pages` one after the other, to each address for itself. A number that is not the open one is refused."""

    def __init__(self, *pages: Outgoing) -> None:
        self.pages = pages or (samples.single("de", 1), samples.multi("de", 2), samples.date("de", 3), samples.summary("de", 4))
        self.heard: list[Inbound] = []
        self.at: dict[str, int] = {}
        self.extra: tuple[Outgoing, ...] = ()
        self.down = False
        self.codes: dict[str, int] = {}
        self._seen: set[str] = set()

    async def receive(self, inbound: Inbound) -> Reply:
        if self.down:
            raise Unavailable("the database is locked", retry_after=4.2)
        if inbound.event_id in self._seen:
            return replace(self.now(inbound.address), duplicate=True)
        self._seen.add(inbound.event_id)
        self.heard.append(inbound)
        at = self.at.setdefault(inbound.address, 0)
        event, form = inbound.event, self.pages[at].form
        if isinstance(event, ev.HelpAsked):
            return Reply((samples.said("de"), self.pages[at]), once=True, session=samples.SESSION)
        if isinstance(event, ev.DeleteConfirmed):
            del self.at[inbound.address]
            return Reply((samples.page("de", "showend", heading="Gelöscht"),), once=True)
        prompt = getattr(event, "prompt", None)
        if form and prompt is not None and prompt != form.prompt:
            return replace(self.now(inbound.address), refused=True, once=True)
        if (isinstance(event, ev.Typed) and event.text == "quatsch") or (isinstance(event, ev.Chosen) and len(event.options) > 2):
            page = replace(self.pages[at], prompt_note="Das habe ich nicht verstanden.")
            return Reply((page,), refused=True, once=True, session=samples.SESSION)
        if isinstance(event, ev.Chosen | ev.Typed):
            self.at[inbound.address] = min(at + 1, len(self.pages) - 1)
        return self.now(inbound.address)

    async def look(self, channel: str, address: str, hint: str | None) -> Reply:
        if self.down:
            raise Unavailable("the database is locked", retry_after=4.2)
        return self.now(address, hint)

    async def resume(self, code: str, address: str) -> bool:
        if self.down:
            raise Unavailable("the database is locked", retry_after=4.2)
        if code not in self.codes:
            return False
        self.at[address] = self.codes[code]
        return True

    def now(self, address: str, hint: str | None = None) -> Reply:
        if address not in self.at:
            return Reply((samples.language(hint if hint in ("de", "ar") else "de"),))
        return Reply((*self.extra, self.pages[self.at[address]]), session=samples.SESSION)

    def events(self) -> Sequence[ev.Event]:
        return [inbound.event for inbound in self.heard]
