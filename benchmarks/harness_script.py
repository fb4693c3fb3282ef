"""The harness' fifteen questions as a script of our own engine, and their words as our own pages.

The questions, their options and their translations are read from the harness; only the branching, which stands there as
Python, is written again here as `ask_if` and `ask_unless`. The harness checks every finished conversation, so a branch
that is written wrongly shows as a wrong summary.
"""

from __future__ import annotations

import datetime as dt
import gettext
import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bot.channels import Button, Field, Form, Outgoing, Press
from bot.phrasing import Phrasing
from dialogs import effects as ef
from dialogs.conditions import Always
from dialogs.load import known_counties, load_library
from dialogs.model import Option, Question, When
from dialogs.routing import KEIN_BEDARF, Rule, RuleBook
from dialogs.script import Library, Script

FIRST_DAY = dt.date(2020, 1, 1)
KINDS = {"choice": "single", "number": "number", "text": "note"}

BRANCHES = {
    "months_left": When(unless=(("has_104c", frozenset({"no"})),)),
    "job_kind": When(only=(("job", frozenset({"yes"})),)),
    "job_seek": When(unless=(("job", frozenset({"yes"})),)),
    "course": When(only=(("german", frozenset({"a0", "a1", "a2"})),)),
    # No questionnaire of ours branches on a number, but the engine compares it like any other answer.
    "children": When(unless=(("household", cast("frozenset[str]", frozenset({1}))),)),
}


def questionnaire_of(harness: Path) -> Any:
    """The harness' own module. It is somebody else's program: nothing of it is copied, and nothing else is imported."""
    sys.path.append(str(harness))
    return importlib.import_module("questionnaire")


def library_of(harness: Any) -> Library:
    """The county as it is, with its crisis words; the questions of the harness; a rule book with one last rule."""
    real = load_library(known_counties()[0])
    county = replace(real.county, languages=tuple(harness.LANGS))
    crisis = real.current(max(script.valid_from for script in real.scripts.values())).questionnaire
    questions = tuple(_question(asked) for asked in harness.QUESTIONS.values())
    by_id = {question.id: question for question in questions}
    questionnaire = replace(crisis, id="bench", version="bench-1", questions=questions, by_id=by_id)
    domains = {question.id: tuple(question.by_id) for question in questions if question.kind == "single"}
    last = Rule("LAST", KEIN_BEDARF, {}, Always(), "", "", "bench.last", FIRST_DAY)
    book = RuleBook("bench-1", (last,), (), (), county.clearing, {}, domains)
    script = Script("bench-1+bench-1", questionnaire, county, book, FIRST_DAY)
    return Library(county, {script.version: script})


def _question(asked: Any) -> Question:
    options = tuple(Option(value, words) for value, words in asked.options)
    number = asked.kind == "number"
    return Question(
        asked.key, asked.text, KINDS[asked.kind], skip=False, when=BRANCHES.get(asked.key, When()), options=options,
        minimum=asked.lo if number else None, maximum=asked.hi if number else None,
        valid_from=FIRST_DAY, by_id={option.id: option for option in options},
    )  # fmt: skip


class HarnessPhrasing(Phrasing):
    """Effects in the form the harness reads: `Q7. ...`, `Q7. (!) ...`, and the summary with `[key=value; ...]`."""

    def __init__(self, harness: Any) -> None:
        self._harness = harness
        self._asked = {asked.key: asked for asked in harness.QUESTIONS.values()}
        self._words = {
            lang: gettext.translation(harness.DOMAIN, harness.LOCALES, [lang]).gettext for lang in harness.LANGS
        }

    def phrase(self, effect: ef.Shown, locale: str) -> Outgoing:
        words = self._words[locale]
        match effect:
            case ef.Ask():
                asked = self._asked[effect.question]
                put = self._harness.title if effect.note is None else self._harness.error_text
                return self._said(put(asked, words), locale, "ask", self._form(effect, asked, words), self._back(effect, words))
            case ef.ShowSummary():
                body = "; ".join(f"{key}={value}" for key, value in effect.rows)
                return self._said(f"{words(self._harness.MSG_DONE)} [{body}]", locale, "showsummary")
        return self._said("…", locale, "say")

    def line(self, text: ef.Text, locale: str) -> str:
        return ""

    def _form(self, ask: ef.Ask, asked: Any, words: Any) -> Form:
        labels = dict(asked.options)
        # Only choices have buttons there; a number is typed.
        fields = tuple(Field(choice.id, words(labels[choice.id])) for choice in ask.choices) if labels else ()
        return Form(ask.kind, ask.session, ask.prompt, fields)

    def _back(self, ask: ef.Ask, words: Any) -> tuple[Button, ...]:
        label = "« " + words(self._harness.MSG_BACK)
        return (Button(label, Press(ask.session, ask.prompt, "b")),) if ask.can_back else ()

    def _said(
        self, text: str, locale: str, kind: str, form: Form | None = None, buttons: tuple[Button, ...] = ()
    ) -> Outgoing:
        return Outgoing(locale, "ltr", kind, paragraphs=(text,), form=form, buttons=buttons)
