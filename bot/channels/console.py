"""The conversation in a terminal: numbers choose answers, letters press buttons, everything else is typed words."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from bot.channels import Button, Form, Inbound, Outgoing, Press, Receive, Reply, Unavailable, event_of
from dialogs import events
from dialogs.events import Event

Look = Callable[[str, str, str | None], Awaitable[Reply]]

# The letter of an act, wherever it is offered; the second table can be pressed everywhere.
LETTERS = {"b": "z", "s": "u", "y": "j"}
COMMANDS = {"?": "h", "s": "L", "m": "m", "p": "p", "w": "r", "i": "i", "x": "x"}
COMMAND_LINE = "? Hilfe · s Sprache · m Mensch · p Pause · w weiter · i gespeichert · x löschen · q Ende"
QUIT = "q"
_FREE = [letter for letter in "abcdefghklnortvy" if letter not in COMMANDS]
_INVISIBLE = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))
_WRITTEN = ("number", "date", "month", "phone")
_HINTS = {"date": "JJJJ-MM-TT", "month": "JJJJ-MM"}

Answer = tuple[str | None, Event]


class ConsoleChannel:
    """One person at one terminal. `read` and `write` are `input` and `print`, or what a test puts in their place."""

    name = "console"
    pushes = False

    def __init__(
        self,
        receive: Receive,
        look: Look,
        read: Callable[[str], str] = input,
        write: Callable[[str], object] = print,
        *,
        address: str | None = None,
    ) -> None:
        self._receive, self._look, self._read, self._write = receive, look, read, write
        self._address = address or secrets.token_hex(8)
        self._count = 0

    async def send(self, address: str, page: Outgoing) -> None:
        """News is shown with the next page: a terminal that waits for words can't be interrupted."""

    async def run(self) -> None:
        """Until the person says `q` or the input ends."""
        self._write(COMMAND_LINE)
        pages = (await self._look(self.name, self._address, None)).pages
        while True:
            presses = self._draw(pages)
            try:
                typed = (await asyncio.to_thread(self._read, "> ")).strip()
            except EOFError:
                return
            if typed == QUIT:
                return
            answer = self._understood(typed, pages, presses)
            if answer is not None:
                pages = await self._heard(*answer) or pages

    async def _heard(self, session: str | None, event: Event) -> tuple[Outgoing, ...]:
        self._count += 1
        inbound = Inbound(self.name, self._address, f"{self._address}:{self._count}", event, session)
        try:
            reply = await self._receive(inbound)
        except Unavailable:
            self._write("Das konnte gerade nicht gespeichert werden. Bitte noch einmal.")
            return ()
        return reply.pages or (await self._look(self.name, self._address, None)).pages

    def _draw(self, pages: tuple[Outgoing, ...]) -> dict[str, Press]:
        """Write the pages; returns which letter presses what."""
        presses: dict[str, Press] = {}
        for page in pages:
            self._write("")
            for line in (page.progress, page.context, page.heading, page.prompt_note, *page.paragraphs):
                self._line(line)
            for row in page.rows:
                self._line(f"  {row.term}: {row.description}")
                self._offer(row.change, presses)
            self._line(page.closing)
            if page.code:
                self._line(f"  {page.code}")
            self._draw_form(page.form)
            for button in page.buttons:
                self._offer(button, presses)
            for link in page.links:
                self._line(f"  {link.label}: {link.url}")
            self._line(page.draft)
        return presses

    def _draw_form(self, form: Form | None) -> None:
        if form is None:
            return
        if form.kind in _WRITTEN:
            self._line(f"  [{_HINTS.get(form.kind, form.label or form.kind)}]")
            return
        for number, field in enumerate(form.fields, 1):
            self._line(f"  {number}{'*' if field.selected else ' '} {field.label}")

    def _offer(self, button: Button | None, presses: dict[str, Press]) -> None:
        if button is None or button.press is None:
            return
        letter = LETTERS.get(button.press.act, "")
        if not letter or letter in presses:
            taken = len([key for key in presses if key.rstrip("0123456789") in _FREE])
            letter = _FREE[taken % len(_FREE)] + (str(taken // len(_FREE)) if taken >= len(_FREE) else "")
        presses[letter] = button.press
        self._line(f"  {letter}  {button.label}")

    def _understood(self, typed: str, pages: tuple[Outgoing, ...], presses: dict[str, Press]) -> Answer | None:
        """None if the words mean nothing here: the page is drawn again."""
        if not typed:
            return None
        if typed in presses:
            return presses[typed].session or None, event_of(presses[typed])
        if typed in COMMANDS:
            return None, event_of(Press("", 0, COMMANDS[typed]))
        form = next((page.form for page in reversed(pages) if page.form), None)
        if form is None:
            return None, events.Typed(typed)
        if form.kind in _WRITTEN:
            return form.session or None, events.Typed(typed, form.prompt)
        numbers = typed.replace(",", " ").split()
        if all(number.isascii() and number.isdigit() for number in numbers):
            return self._chosen(form, [int(number) for number in numbers])
        return form.session or None, events.Typed(typed, form.prompt)

    def _chosen(self, form: Form, numbers: list[int]) -> Answer | None:
        if not all(1 <= number <= len(form.fields) for number in numbers):
            return None
        options = tuple(form.fields[number - 1].id for number in numbers)
        if form.kind == "language":
            return form.session or None, events.LanguageChosen(options[0])
        return form.session or None, events.Chosen(form.prompt, options)

    def _line(self, text: str) -> None:
        if text:
            self._write(text.translate(_INVISIBLE))
