"""Edit or send anew: what we remember of each chat's screen, and the rule.

Question after question is drawn *into* the message that was pressed, as long as it is the newest one of the chat: one call
instead of two, a repeated edit is invisible, and on a borrowed phone no questions stay behind. Every other page (a result, a
crisis card, what is said beside a question), and every page after typed words, is a new message; the keyboard it leaves
behind is taken away. The chosen answer is never written anywhere: what was pressed leaves with the keyboard, and pages that
list answers (summary, preview, what is stored) are replaced or deleted once they have been left.

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
# Pressed on a question, a summary or the choice of a language. A crisis card has other buttons, and stays to be read again.
_ON_QUESTION = frozenset("c+-dbsl") | _ON_SUMMARY
_STEPS = frozenset({"ask", "showsummary", "chooselanguage"})


@dataclass(slots=True)
class Screen:
    """Of one chat: the message just pressed, all messages that still have a keyboard, those that list answers, the newest."""

    pressed: tuple[int, Press] | None = None
    newest: int = 0
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
        if screen is None or screen.pressed is None or page.kind not in _STEPS or "anew" in page.tags:
            return None
        message, press = screen.pressed
        if message < screen.newest or press.act not in _ON_QUESTION or _session_of(page) != press.session:
            return None
        return message

    def edited(self, chat: int, page: Outgoing, message: int) -> Left:
        """The pressed message shows this page now. What comes next in the same turn stands below it."""
        screen = self._of(chat)
        prompt = screen.pressed[1].prompt if screen.pressed is not None else None
        screen.pressed = None
        screen.live.add(message)
        # A preview stands above the question it belongs to: it goes when that question is left.
        same = page.form is not None and page.form.prompt == prompt
        left = () if same else tuple(sorted(screen.answers - {message}))
        screen.answers -= {message, *left}
        if page.kind in LISTS_ANSWERS:
            screen.answers.add(message)
        return Left(messages=left)

    def sent(self, chat: int, page: Outgoing, message: int, has_keyboard: bool) -> Left:
        """Remember a new message. Returns what it leaves behind."""
        screen = self._of(chat)
        screen.pressed = None
        screen.newest = max(screen.newest, message)
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


def _session_of(page: Outgoing) -> str | None:
    """Whose page it is: of the form, or of the buttons where there is none (the summary)."""
    if page.form is not None:
        return page.form.session
    return next((button.press.session for button in page.buttons if button.press is not None), None)
