"""What a person can read off her screen without asking the program: which question is asked, what a button means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.channels import Press
from bot.channels.telegram_codes import Codes
from bot.channels.telegram_options import every_option
from bot.words import Words
from dialogs.script import Library
from tests.bot.telegram.emulator_chats import Message

_MARKS = re.compile(r"[\u2066-\u2069\u200e\u200f\u2068]")


def plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).split())


@dataclass(frozen=True)
class Key:
    """One button on the screen."""

    message: int
    label: str
    data: str
    press: Press


class Book:
    """The questions in all languages, by the words that stand bold above the buttons."""

    def __init__(self, library: Library, words: Words, token: str) -> None:
        self.codes = Codes(token, every_option(library), plain=False)
        self._by_heading: dict[str, str] = {}
        self.kinds = {q.id: q.kind for script in library.scripts.values() for q in script.questionnaire.questions}
        for question in self.kinds:
            for heading in self._headings(words, question):
                other = self._by_heading.setdefault(heading, question)
                assert other == question, f"{question} and {other} read the same"

    def _headings(self, words: Words, question: str) -> Iterator[str]:
        key = words.question_key(question)
        for locale in words.locales:
            if "{stelle}" not in words.sources()[key].text:
                yield plain(words.text(key, locale).split("\n\n")[0])
                continue
            for stelle in words.county.stellen.values():
                for body in ("traeger.public", "traeger.free"):
                    art = words.text(body, locale)
                    yield plain(words.text(key, locale, stelle=stelle.name, traeger_art=art).split("\n\n")[0])

    def question(self, message: Message) -> str | None:
        """The question that this message asks; None for any other page."""
        return next((self._by_heading[bold] for bold in map(plain, message.marked("bold")) if bold in self._by_heading), None)

    def keys(self, message: Message) -> list[Key]:
        """The buttons that can be pressed."""
        found = []
        for row in message.keyboard:
            for button in row:
                data = button.get("callback_data")
                if data:
                    _prefix, session, prompt, act, code = data.split(":")
                    press = self.codes.read(Press(session, int(prompt), act, code))
                    assert press is not None, f"a button with an unknown code: {data}"
                    found.append(Key(message.message_id, button["text"], data, press))
        return found
