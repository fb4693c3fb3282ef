"""One Outgoing made ready for the template: what is read before the question, the question, what comes after."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.channels import Button, Form, Outgoing
from bot.channels.web_form import Submitted

LONG = 120  # characters; a longer heading is a text
_SENTENCE_END = re.compile(r"(?<=[.!?؟።։…])\s+")
_OPENERS = ("\u2066", "\u2067", "\u2068")
_CLOSER = "\u2069"
_QUESTION = re.compile(r"[?؟]\W*$")


@dataclass(frozen=True, slots=True)
class Part:
    """`number` makes ids unique on the page. `intro` stands above the heading, `text` below it."""

    page: Outgoing
    number: int
    intro: tuple[str, ...]
    heading: str
    text: tuple[str, ...]
    back: Button | None
    buttons: tuple[Button, ...]
    links: tuple[Button, ...]
    filled: Mapping[str, str]
    chosen: frozenset[str]
    first_heading: bool
    folded: bool
    note: str

    @property
    def form(self) -> Form | None:
        return self.page.form

    @property
    def years(self) -> tuple[str, ...]:
        """The years that can be chosen: between the form's bounds, else those it offers, else the next few."""
        form = self.page.form
        if form is None:
            return ()
        if form.minimum and form.maximum:
            return tuple(str(year) for year in range(int(form.minimum[:4]), int(form.maximum[:4]) + 1))
        offered = tuple(field.id for field in form.fields if len(field.id) == 4)
        this = dt.date.today().year  # noqa: DTZ011  a list of years to choose from, not a decision
        return offered or tuple(str(year) for year in range(this, this + 4))


def parts_of(pages: tuple[Outgoing, ...], submitted: Submitted | None, note: str) -> tuple[Part, ...]:
    """The parts of a page. What was `submitted` is kept in the form it was submitted from; `note` stands at the last form."""
    parts: list[Part] = []
    under_way = any(_back(page) for page in pages)
    seen_heading = False
    last_form = max((number for number, page in enumerate(pages) if page.form is not None), default=len(pages) - 1)
    for number, page in enumerate(pages):
        intro, heading, text = split(page.heading)
        # Read once in full; on the questions after it the result stays at hand, but out of their way.
        folded = page.kind in ("showresult", "showchecklist") and under_way
        parts.append(
            Part(
                page=page,
                number=number,
                intro=intro,
                heading=heading,
                text=(*text, *page.paragraphs),
                back=_back(page),
                buttons=tuple(button for button in page.buttons if button.press and button.press.act != "b"),
                links=tuple(link for link in (*page.links, *page.buttons) if link.url and is_safe(link.url)),
                filled=_filled(page.form, submitted),
                chosen=_chosen(page.form, submitted),
                first_heading=bool(heading) and not seen_heading and not folded,
                folded=folded,
                note=page.prompt_note or (note if number == last_form else ""),
            )
        )
        seen_heading = seen_heading or (bool(heading) and not folded)
    return tuple(parts)


def _back(page: Outgoing) -> Button | None:
    return next((button for button in page.buttons if button.press and button.press.act == "b"), None)


def split(heading: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """A text with a question in it: what stands before it, the question, what stands after it."""
    sentences = _sentences(heading)
    questions = [i for i, sentence in enumerate(sentences) if _QUESTION.search(sentence)]
    if len(sentences) == 1 or not (questions or len(heading) > LONG):
        return (), heading, ()
    asked = questions[-1] if questions else 0
    return _paragraphs(sentences[:asked]), sentences[asked], _paragraphs(sentences[asked + 1 :])


def _sentences(text: str) -> list[str]:
    """Never cut inside isolates: a name may hold a full stop."""
    sentences, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        before = text[: end.start()]
        if sum(before.count(char) for char in _OPENERS) == before.count(_CLOSER):
            sentences.append(text[start : end.start()])
            start = end.end()
    return [*sentences, text[start:]]


def _paragraphs(sentences: list[str], size: int = 3) -> tuple[str, ...]:
    return tuple(" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size))


def _filled(form: Form | None, submitted: Submitted | None) -> Mapping[str, str]:
    if form is None or submitted is None or not submitted.answers(form):
        return {}
    return {"text": submitted.text, **submitted.parts}


def _chosen(form: Form | None, submitted: Submitted | None) -> frozenset[str]:
    """What is switched on: what she has just sent if it was not taken, else what the conversation remembers."""
    if form is None:
        return frozenset()
    if submitted is not None and submitted.answers(form) and submitted.options:
        return frozenset(submitted.options)
    return frozenset(field.id for field in form.fields if field.selected)


def is_safe(url: str) -> bool:
    """Only what a link of ours may be: a page, a phone number, an e-mail address. Never a script."""
    scheme = urlsplit(url).scheme
    return scheme in ("https", "http", "tel", "mailto") or (scheme == "" and url.startswith("/") and not url.startswith("//"))
