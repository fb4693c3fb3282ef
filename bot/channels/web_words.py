"""The few words of the frame around the conversation: title, buttons of the page itself, errors.

Everything inside the conversation arrives ready-phrased. Who gives the words is decided where the parts are put
together; this file only says which ones there must be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

FRAME_KEYS = (
    "web.title",
    "web.skip_link",
    "web.day",
    "web.month",
    "web.year",
    "web.or_write",
    "web.choose_one",
    "web.choose_some",
    "web.write_something",
    "web.date_incomplete",
    "web.loading",
    "web.trouble",
    "web.news",
    "web.copy",
    "web.copied",
    "web.hide",
    "web.hidden.title",
    "web.hidden.text",
    "web.have_code",
    "web.code.title",
    "web.code.text",
    "web.code.label",
    "web.code.wrong",
    "web.code.too_often",
    "web.already.title",
    "web.already.text",
    "web.already.new",
    "web.empty.title",
    "web.empty.text",
    "web.to_start",
    "web.error.too_large.title",
    "web.error.too_large.text",
    "web.error.unreadable.title",
    "web.error.unreadable.text",
    "web.error.old_page.title",
    "web.error.old_page.text",
    "web.error.cookies.title",
    "web.error.cookies.text",
    "web.error.busy.title",
    "web.error.busy.text",
    "web.error.busy.again",
    "web.error.missing.title",
    "web.error.missing.text",
    "web.error.broken.title",
    "web.error.broken.text",
    "web.demo",
)

# Words of the conversation that the frame uses too.
SHARED_KEYS = (
    "ui.continue",
    "ui.back",
    "ui.resume",
    "ui.refresh",
    "menu.title",
    "menu.language",
    "menu.help",
    "menu.human",
    "menu.pause",
    "menu.stored",
    "menu.delete",
    *(f"month.m{month:02d}" for month in range(1, 13)),
)

# The commands of the menu, in the order they are shown.
MENU = {
    "L": "menu.language",
    "h": "menu.help",
    "m": "menu.human",
    "p": "menu.pause",
    "i": "menu.stored",
    "x": "menu.delete",
}
# What makes sense before anything has been answered.
FIRST_MENU = ("h", "m")


class Words(Protocol):
    """What the web chat needs to know about languages."""

    def text(self, key: str, locale: str) -> str:
        """The word `key`, one of FRAME_KEYS or SHARED_KEYS."""
        ...

    def direction(self, locale: str) -> str:
        """`ltr` or `rtl`."""
        ...

    def own_name(self, locale: str) -> str:
        """What a language calls itself."""
        ...

    def is_draft(self, locale: str) -> bool:
        """Whether no native speaker has checked this language yet."""
        ...

    def negotiate(self, accept_language: str | None, offered: Sequence[str]) -> str | None:
        """The best offered language for a browser's `Accept-Language`, or None."""
        ...
