"""The three modes, and which pages never cross Telegram in mode buttons.

door: only the door page. buttons: closed questions; nothing typed, no list of answers, no news of a hand-over.
full: everything, for tests and demonstrations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.channels import Outgoing

MODES = ("door", "buttons", "full")
# The answers written out, or what has become of a hand-over: in mode buttons they are read on the web page only.
ONLY_ON_THE_WEB = frozenset({"showdata", "showpreview", "tellstatus"})

DoorPage = Callable[[str], Outgoing]


def check(mode: str, secret: str | None, door_page: DoorPage | None, options: object) -> None:
    """Refuse settings under which the channel would say more than its mode allows, or nothing at all."""
    if mode not in MODES:
        raise ValueError(f"mode is none of {', '.join(MODES)}")
    if mode != "full" and door_page is None:
        raise ValueError(f"mode {mode} needs a door_page")
    if mode == "buttons" and options is None:
        raise ValueError("mode buttons needs options: without codes no answer may stand in a button")
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise ValueError("the webhook secret must have 1 to 256 characters of A-Z a-z 0-9 _ -")


def instead(mode: str, page: Outgoing, door_page: DoorPage | None) -> Outgoing:
    """The page that may be sent for this one: itself, or the door page with the same ways to go on."""
    if mode == "full" or (mode == "buttons" and page.kind not in ONLY_ON_THE_WEB):
        return page
    assert door_page is not None
    door = door_page(page.lang)
    # "Go on" and "delete everything" say nothing about the person, and without them she would stand before a wall.
    return replace(door, buttons=(*door.buttons, *page.buttons)) if mode == "buttons" else door
