"""Draws pages. Everything is escaped by the templates; nothing here decides what is said."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.channels import Outgoing
from bot.channels.web_form import Fields, Submitted
from bot.channels.web_part import parts_of
from bot.channels.web_static import Assets
from bot.channels.web_text import marked_up
from bot.channels.web_words import FIRST_MENU, MENU, Words

TEMPLATES = Path(__file__).parent / "templates"
_PHONE = re.compile(r"(?<![\w.+])(?:(?:\+|0|11)[0-9](?:[ /-]?[0-9])+|11[02])(?!\w|\.[0-9])")


@dataclass(frozen=True, slots=True)
class Visit:
    """What every form of a page carries. `entry` and `slip` are there as long as nothing is known of the visitor."""

    locale: str
    proof: str = ""
    entry: str | None = None
    slip: str | None = None
    session: str = ""
    tag: str = ""


class Pages:
    """One method for each kind of page."""

    def __init__(self, words: Words, assets: Assets, *, demo: bool) -> None:
        self._words = words
        self._environment = Environment(
            # A page must not change under a running program when the files on disk do.
            auto_reload=False,
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["t"] = marked_up
        self._environment.filters["phones"] = with_phone_links
        self._environment.globals.update(asset=assets.url, demo=demo, direction=words.direction)

    def chat(self, pages: tuple[Outgoing, ...], visit: Visit, *, submitted: Submitted | None = None, note: str = "") -> str:
        """The conversation as it stands. `note` is said at the form, for instance that nothing was chosen."""
        if not pages:
            return self.message("web.empty", visit)
        return self._draw(
            "chat.html",
            visit,
            parts=parts_of(pages, submitted, note),
            draft=next((page for page in pages if page.draft), None),
        )

    def code(self, visit: Visit, *, problem: str = "", typed: str = "") -> str:
        return self._draw("code.html", visit, problem=problem, typed=typed)

    def already(self, visit: Visit) -> str:
        """A slip was opened where somebody has a conversation already."""
        return self._draw("already.html", visit)

    def hidden(self, visit: Visit) -> str:
        return self._draw("hidden.html", visit)

    def message(self, key: str, visit: Visit) -> str:
        """A page that says one thing, from `<key>.title` and `<key>.text`."""
        return self._draw("message.html", visit, key=key)

    def busy(self, visit: Visit, fields: Fields, action: str) -> str:
        """Nothing could be kept now. Everything that was answered is in this page's form, to be sent again."""
        return self._draw("busy.html", visit, fields=fields, action=action)

    def _draw(self, template: str, visit: Visit, **values: object) -> str:
        locale = visit.locale
        commands = FIRST_MENU if visit.entry else tuple(MENU)
        return self._environment.get_template(template).render(
            visit=visit,
            nonce=secrets.token_urlsafe(12),
            locale=locale,
            dir=self._words.direction(locale),
            menu=[(act, self._words.text(MENU[act], locale)) for act in commands] if visit.proof else [],
            word=lambda key, lang=locale: self._words.text(key, lang),
            **values,
        )


def tag_of(pages: tuple[Outgoing, ...]) -> str:
    """Changes exactly when there is something else to see."""
    content = json.dumps([dataclasses.asdict(page) for page in pages], default=sorted, sort_keys=True)
    return f'"{hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:24]}"'


def with_phone_links(text: Markup) -> Markup:
    """Escaped text in which German phone numbers and emergency numbers can be pressed."""
    return Markup(_PHONE.sub(_link, str(text)))  # noqa: S704  the text is escaped, a number holds nothing to escape


def _link(found: re.Match[str]) -> str:
    number = found.group()
    digits = re.sub(r"[^0-9+]", "", number)
    if not 3 <= len(digits) <= 15:
        return number
    return f'<a class="tel" href="tel:{digits}"><bdi dir="ltr">{number}</bdi></a>'
