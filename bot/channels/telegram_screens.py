"""Edit or send anew: what we remember of each chat's screen, and the rule.

A page is drawn *into* the pressed message if it is the same question in a new state: same session and prompt (a box was
ticked, the language was changed), or the next part of a date that has been begun. Every other page is a new message; the
keyboard it leaves behind is taken away. The chosen answer is never written anywhere: what was pressed leaves with the
keyboard, and pages that list answers (summary, preview, what is stored) are deleted once they have been left.

This is memory only, for comfort. After a restart nothing is known: pages are sent anew, and old keyboards stay until they
are pressed; the press itself says which message it came from, and its prompt number keeps it harmless.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.channels import Outgoing, Press

MOST_CHATS = 20_000
LISTS_ANSWERS = frozenset({"showsummary", "showpreview", "showdata"})
# Pressed on the summary: after a restart this is how we know that the message lists answers.
_ON_SUMMARY = frozenset("ey")


@dataclass(slots=True)
class Screen:
    """Of one chat: the message just pressed, all messages that still have a keyboard, and those that list answers."""

    pressed: tuple[int, Press] | None = None
    live: set[int] = field(default_factory=set)
    answers: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Left:
    """What to tidy up after a new page: keyboards to take away, messages to delete."""

    keyboards: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()


class Screens:
    def __init__(self) -> None:
        self._screens: OrderedDict[int, Screen] = OrderedDict()

    def pressed(self, chat: int, message: int, press: Press) -> None:
        screen = self._of(chat)
        screen.pressed = (message, press)
        screen.live.add(message)
        if press.act in _ON_SUMMARY:
            screen.answers.add(message)

    def wrote(self, chat: int) -> None:
        """Words came: whatever is shown next belongs below them."""
        if chat in self._screens:
            self._screens[chat].pressed = None

    def forget(self, chat: int) -> None:
        self._screens.pop(chat, None)

    def target(self, chat: int, page: Outgoing) -> int | None:
        """The message to draw this page into, or None: a new one."""
        screen = self._screens.get(chat)
        if screen is None or screen.pressed is None or page.form is None or "anew" in page.tags:
            return None
        message, press = screen.pressed
        if message in screen.answers or page.form.session != press.session:
            return None
        prompt = page.form.prompt
        same = prompt == press.prompt
        next_part = bool(page.form.draft) and prompt == press.prompt + 1
        return message if same or next_part else None

    def sent(self, chat: int, page: Outgoing, message: int, has_keyboard: bool) -> Left:
        """Remember a new message. Returns what it leaves behind."""
        screen = self._of(chat)
        screen.pressed = None
        gone: set[int] = set()
        lists = {id_ for id_ in screen.answers if page.kind not in LISTS_ANSWERS}
        if has_keyboard:
            gone, screen.live = screen.live, {message}
            # A preview stands above the question it belongs to: it goes when that question is left.
            lists = {id_ for id_ in lists if not gone or id_ <= max(gone)}
        else:
            lists = set()
        screen.answers -= lists
        if page.kind in LISTS_ANSWERS:
            screen.answers.add(message)
        return Left(tuple(sorted(gone - lists - {message})), tuple(sorted(lists)))

    def _of(self, chat: int) -> Screen:
        screen = self._screens.get(chat)
        if screen is None:
            screen = self._screens[chat] = Screen()
            if len(self._screens) > MOST_CHATS:
                self._screens.popitem(last=False)
        else:
            self._screens.move_to_end(chat)
        return screen
